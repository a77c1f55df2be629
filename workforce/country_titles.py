"""Countries by their full titles as treaties and passports have them, and by names in further scripts and slips.

Our own list beside `country_words`; one line a country.
"""

TITLES = """
AE: Emirates of the Gulf, इमिरेट्स, यूएई, युएई, संयुक्त अरब इमिरेट्स, সংযুক্ত আরব আমিরাত, আরব আমিরাত, एमिरेट्स, የተባበሩት አረብ ኤምሬቶች, ኤምሬትስ, එක්සත් අරාබි එමීර් රාජ්‍යය, ඩුබායි, دبئی
AF: Islamic Republic of Afghanistan, Islamic Emirate of Afghanistan
AG: Antigua
BA: Bosnia Herzegovina
BD: People's Republic of Bangladesh, बंगलादेश, बंगलादेशी, बाङ्लादेशी, বাংলাদেশ, বাংলাদেশী, বাংলাদেশি, বাঙ্গালী বাংলাদেশী, බංග්ලාදේශ, BAN
BH: बहराइन, बहरिन, বাহরাইন, බහරේන්, ባህሬን, Bahrian, Baharain
BN: Brunei, Negara Brunei Darussalam
BO: Plurinational State of Bolivia
BS: Bahamas, The Bahamas, Commonwealth of the Bahamas
BT: Kingdom of Bhutan
CD: D R Congo, Congo D R, Dem Republic of Congo, Congo Democratic, Congo The Democratic Republic of the, RD Congo, République Démocratique Congo
CF: Central African Republic
CN: People's Republic of China, चीन, চীন, ቻይና, චීනය
CV: Republic of Cabo Verde
CZ: Czechia, Czech Rep
DM: Commonwealth of Dominica
DZ: People's Democratic Republic of Algeria, Algerie
EG: Arab Republic of Egypt, मिस्र, মিশর, ግብፅ, ግብጽ
ER: State of Eritrea, ኤርትራ, ኤርትራዊ
ET: Federal Democratic Republic of Ethiopia, Abyssinia, ኢትዮጵያ, ኢትዮጵያዊ, ኢትዮጵያዊት, ኢትዮጵያዊያን, Ethopia, Ethopian, Ethiopa, Etiopia
FM: Micronesia, Federated States of Micronesia, FSM, Micronesian
GB: United Kingdom of Great Britain and Northern Ireland, Northern Ireland, Great Britain
GD: Grenadian
GE: Republic of Georgia
GM: Islamic Republic of the Gambia
GY: Co-operative Republic of Guyana, Cooperative Republic of Guyana
HK: Hong Kong Special Administrative Region, Hong Kong Special Administrative Region of China, Kowloon, हङकङ, হংকং, හොංකොං, HKG SAR
ID: Republik Indonesia, INA, इन्डोनेसिया, ইন্দোনেশিয়া, ඉන්දුනීසියාව, Indonesian citizen
IN: Republic of India, भारत, भारतीय, ভারত, ভারতীয়, ඉන්දියාව, ඉන්දියානු, ህንድ, بھارت, بھارتی, இந்தியா, இந்தியர், Hindustan
IQ: इराक, ইরাক, ኢራቅ, Republic of Iraq
IR: Iran, Iran Islamic Republic of, ইরান
IL: State of Israel, इजरायल, ইসরায়েল, ඊශ්‍රායලය, እስራኤል
JM: Jamaican
JO: जोर्डन, जॉर्डन, জর্ডান, জর্দান, ජෝර්දානය, ዮርዳኖስ, The Hashemite Kingdom of Jordan, Jordania
JP: जापान, জাপান, ජපානය, ጃፓን
KE: Republic of Kenya, ኬንያ, Kenia, Mkenya
KG: Kyrgyz Republic
KH: Kingdom of Cambodia
KM: Union of the Comoros, Comoros
KN: Saint Kitts, St Kitts and Nevis, Saint Kitts and Nevis, Federation of Saint Christopher and Nevis
KP: Democratic People's Republic of Korea, उत्तर कोरिया, Korea DPR, Korea Democratic People's Republic of, N Korea
KR: दक्षिण कोरिया, দক্ষিণ কোরিয়া, දකුණු කොරියාව, ደቡብ ኮሪያ, Corea del Sur, Corée du Sud, Korea Selatan, R O Korea, RO Korea, Rep of Korea, Republic Korea
KW: कुवेत, कुवैत, কুয়েত, কুয়েতি, කුවේට්, ኩዌት, کویت, குவைத், Kuwait City, Quwait, Kuwiat
LA: Lao People's Democratic Republic
LB: लेबनान, लेबनन, লেবানন, ලෙබනනය, ሊባኖስ, Lebanese Republic, Lebannon, Lebanan, Liban
LC: St Lucia, Saint Lucia
LK: Democratic Socialist Republic of Sri Lanka, ශ්‍රී ලංකා, ශ්‍රී ලංකාව, ශ්‍රී ලාංකික, ශ්‍රී ලාංකික පුරවැසි, ලංකා, லங்கா, இலங்கை, இலங்கையர், श्रीलंका, শ্রীলঙ্কা, Srilankan National, Shri Lanka
LY: State of Libya, Great Socialist People's Libyan Arab Jamahiriya, लिबिया, লিবিয়া, ሊቢያ
MH: Marshall Islands, Marshallese
MK: The former Yugoslav Republic of Macedonia, FYROM
MM: Republic of the Union of Myanmar, Union of Myanmar, Burma Myanmar, Myanmar Burma, မြန်မာ
MO: Macao Special Administrative Region, Macau China
MV: मालदिभ्स, মালদ্বীপ, මාලදිවයින, Republic of Maldives, Maldives
MY: मलेसिया, मलेशिया, মালয়েশিয়া, මැලේසියාව, ማሌዥያ, Malasia, Malysia, MAS
NG: Federal Republic of Nigeria
NP: Federal Democratic Republic of Nepal, Kingdom of Nepal, नेपाल, नेपाली, নেপাল, নেপালি, නේපාලය, Nepalis, Nepali citizen, NEP
NZ: Aotearoa
OM: ओमान, ওমান, ඕමානය, ኦማን
PG: Independent State of Papua New Guinea
PH: Republika ng Pilipinas, Pilipino, Filipino citizen, फिलिपिन्स, ফিলিপাইন, පිලිපීනය, ፊሊፒንስ, PHI, Phlippines, Philppines, Filippino, Fillipino, Filipine
PK: Islamic Republic of Pakistan, पाकिस्तान, পাকিস্তান, پاکستان, پاکستانی, ፓኪስታን
PS: Palestinian Territory, Palestinian Territories, Occupied Palestinian Territory
PT: Portuguese Republic
QA: कतार, কাতার, කටාර්, ኳታር, ካታር, قطر, கத்தார், Qater, Quatar
RU: रुस, রাশিয়া, ሩሲያ
SA: साउदी अरब, साउदी, साऊदी अरब, सऊदी अरब, সৌদি আরব, সৌদি, සෞදි අරාබිය, සවුදි අරාබිය, සෞදි, ሳውዲ አረቢያ, ሳዑዲ አረቢያ, ሳውዲ, سعودی عرب, சவுதி அரேபியா, Saudi Arab KSA, Kingdom Saudi Arabia, Sauid Arabia, Suadi Arabia, Saudi Arbia, KSA Saudi Arabia, Saudi Arabia KSA
SD: Republic of the Sudan, ሱዳን
SG: सिङ्गापुर, সিঙ্গাপুর, සිංගප්පූරුව, ሲንጋፖር, Singapur
SO: Federal Republic of Somalia, ሶማሊያ
SS: Republic of South Sudan, S Sudan, ደቡብ ሱዳን
ST: Sao Tome, Sao Tome and Principe
SZ: Kingdom of Eswatini, Eswatini
TH: Kingdom of Thailand, थाइल्यान्ड, থাইল্যান্ড
TL: Democratic Republic of Timor Leste
TR: टर्की, তুরস্ক, ቱርክ, Republic of Türkiye
TT: Trinidad and Tobago
TW: Taiwan Republic of China, Republic of China, R O C, ROC, ताइवान, তাইওয়ান
TZ: Mtanzania, Zanzibar
UG: Republic of Uganda, ዩጋንዳ, ኡጋንዳ, Mganda
US: United States, अमेरिका, আমেরিকা, አሜሪካ, The United States of America
VA: Holy See, Vatican
VC: St Vincent, Saint Vincent, St Vincent and the Grenadines
VE: Bolivarian Republic of Venezuela
VN: Socialist Republic of Viet Nam, Socialist Republic of Vietnam, Việt Nam, VIE
WS: Independent State of Samoa, Western Samoa
YE: ইয়েমেন, የመን, Republic of Yemen
"""
