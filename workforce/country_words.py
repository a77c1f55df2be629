"""What people call countries and their nationals beyond the official names: adjectives, short forms, usual slips.

Our own list, for the countries that send and receive placed workers and their neighbours. Official names in five
languages come from Unicode CLDR through Babel; see `countries.py`.
"""

WORDS = """
AE: UAE, U A E, Emirates, Emirati, Emiri, Dubai, Abu Dhabi, Sharjah, Emirat, EAU, الإمارات, الامارات العربية, إماراتي, إماراتية
AF: Afghan, Afghani, Afghane, Afgano, أفغاني, أفغانية
AL: Albanian, Albanais
AM: Armenian, Arménien
AO: Angolan, Angolais
AR: Argentine, Argentinian, Argentinean, Argentin, Argentino, Argentina
AT: Austrian, Autrichien
AU: Australian, Aussie, Australien
AZ: Azerbaijani, Azeri
BA: Bosnia, Bosnian, Bosnia and Herzegovina
BD: Bangladeshi, Bangladesi, Bangladesh, Bangla Desh, Bangladeshian, Bangali, Bangladais, Bangladaise, بنغلاديشي, بنغالي, بنجلاديش, بنجلادش, بنغلادش
BE: Belgian, Belge
BF: Burkinabe, Burkinabé, Burkina, Burkina Fasso
BG: Bulgarian, Bulgare
BH: Bahraini, Bahrein, Bahreini, Bahreïni, Kingdom of Bahrain, بحريني
BI: Burundian, Burundais
BJ: Beninese, Béninois, Béninoise
BN: Brunei Darussalam, Bruneian
BO: Bolivian, Boliviano, Boliviana, Bolivien
BR: Brazilian, Brasileiro, Brésilien, Brasileño, Brasil
BT: Bhutanese, Bhoutanais
BW: Botswanan, Motswana, Batswana
BY: Belarusian, Byelorussian
CA: Canadian, Canadien, Canadiense
CD: DRC, Congo Dem Rep, Dem Rep Congo, D R C, DR Congo, RDC, Zaire, Congo Kinshasa, Congo DR, Democratic Republic of the Congo, Democratic Republic of Congo, Congo Democratic Republic, République démocratique du Congo
CF: Central African, Centrafricain, Central African Rep, CAR
CG: Congo Brazzaville, Congo Rep, Republic of the Congo, Republic of Congo, République du Congo
CH: Swiss, Suisse, Suizo
CI: Ivory Coast, Cote d Ivoire, Côte d'Ivoire, Cote Ivoire, Ivorian, Ivoirien, Ivoirienne, Costa de Marfil, Pantai Gading, RCI
CL: Chilean, Chilien, Chileno
CM: Cameroonian, Camerounais, Camerounaise, Cameroun
CN: Chinese, PRC, P R C, Mainland China, Chinois, Chinoise, Chino, China, Peoples Republic of China, Cina, Tiongkok, صيني, صينية
CO: Colombian, Colombien, Colombiano, Colombiana
CR: Costa Rican, Costarricense
CU: Cuban, Cubano, Cubana, Cubain
CV: Cape Verde, Cape Verdean, Cap Vert
CY: Cypriot, Cyprus, Chypriote
CZ: Czech, Czech Republic, Tchèque
DE: German, Allemand, Alemán
DJ: Djiboutian
DK: Danish, Dane, Danois
DO: Dominican Republic, Dominicano, Dominicana
DZ: Algerian, Algérien, Algérienne, Argelino, جزائري
EC: Ecuadorian, Ecuadorean, Ecuatoriano, Ecuatoriana, Équatorien
EE: Estonian
EG: Egyptian, Égyptien, Égyptienne, Egipcio, Mesir, Egyption, مصري, مصرية
ER: Eritrean, Érythréen, إريتري
ES: Spanish, Spaniard, Espagnol, Español, Española
ET: Ethiopian, Éthiopien, Éthiopienne, Etiope, Etíope, Ethiopean, إثيوبي, إثيوبية, اثيوبيا, أثيوبيا, أثيوبي
FI: Finnish, Finn
FJ: Fijian
FR: French, Français, Française, Francés
GA: Gabonese, Gabonais
GB: UK, U K, United Kingdom, British, Briton, Britain, Great Britain, England, English, Scotland, Scottish, Wales, Welsh, Britannique, Británico, Inggris, Royaume Uni
GE: Georgian, Géorgien
GH: Ghanaian, Ghanian, Ghanéen, Ghanéenne, غاني
GM: Gambian, Gambien, Gambia, The Gambia
GN: Guinean, Guinéen, Guinéenne, Guinea Conakry, Guinée Conakry
GQ: Equatorial Guinean, Equatorial Guinea
GR: Greek, Grec, Griego
GT: Guatemalan, Guatemalteco, Guatemalteca
GW: Bissau Guinean, Guinea Bissau
GY: Guyanese
HK: Hong Kong, HongKong, HongKongSAR, HK SAR, HKSAR, Hong Kong SAR, Hongkonger, Hong Kong China, هونغ كونغ, هونج كونج
HN: Honduran, Hondureño, Hondureña
HR: Croatian, Croat
HT: Haitian, Haïtien, Haïtienne, Haitiano
HU: Hungarian, Hongrois
ID: Indonesian, Indonesien, Indonésien, Indonésienne, Indonesio, Indonesia RI, RI, WNI, إندونيسي, إندونيسية, اندونيسي, اندونيسية, اندونيسيا
IE: Irish, Republic of Ireland, Eire
IL: Israeli, Israélien
IN: Indian, Indien, Indienne, Indio, Bharat, هندي, هندية
IQ: Iraqi, Irak, Irakien, Iraquí, عراقي
IR: Iranian, Persian, Iranien, Islamic Republic of Iran, إيراني
IS: Icelandic
IT: Italian, Italien, Italiano, Italiana
JM: Jamaican
JO: Jordanian, Jordan, Jordanien, Jordano, Yordania, Hashemite Kingdom of Jordan, أردني, أردنية, اردن
JP: Japanese, Japonais, Japonés, Jepang
KE: Kenyan, Kényan, Kényane, Keniano, Kenyana, Keniata, كيني, كينية
KG: Kyrgyz, Kirghiz, Kyrgyz Republic
KH: Cambodian, Khmer, Cambodgien, Camboyano, Kamboja
KM: Comoran, Comorian, Comorien
KP: North Korea, DPRK, North Korean, Democratic People's Republic of Korea
KR: South Korea, Republic of Korea, South Korean, Korea South, S Korea, Korea Rep, Korea Republic of, ROK, Sud coréen, Surcoreano
KW: Kuwaiti, Koweït, Koweit, Koweïtien, Kuwaití, State of Kuwait, كويتي, كويتية, كويت
KZ: Kazakh, Kazakhstani
LA: Lao, Laotian, Lao PDR, Laos PDR, Laotien
LB: Lebanese, Libanais, Libanaise, Libanés, لبناني, لبنانية
LK: Sri Lankan, Srilanka, Srilankan, Ceylon, Sri Lankais, Sri Lankaise, Esrilanqués, سريلانكي, سريلانكية, سري لانكا, سيريلانكا, سريلانكا
LR: Liberian, Libérien
LS: Basotho, Mosotho
LT: Lithuanian
LU: Luxembourger
LV: Latvian
LY: Libyan, Libyan Arab Jamahiriya, Libyan Jamahiriya, Libyen, Libya, Libio, Lybia, Lybie, ليبي, ليبية
MA: Moroccan, Marocain, Marocaine, Marroquí, Maroko, مغربي, مغربية
MD: Moldovan, Moldavian, Moldova
MG: Malagasy, Malgache, Madagascan
MK: North Macedonia, Macedonia, Macedonian
ML: Malian, Malien, Malienne
MM: Myanmar, Burma, Burmese, Myanmarese, Birmanie, Birman, Birmane, Birmano, ميانمار, بورما
MN: Mongolian, Mongol
MO: Macau, Macao, Macanese, Macau SAR, Macao SAR
MR: Mauritanian, Mauritanien
MT: Maltese
MU: Mauritian, Mauricien, Mauricienne
MV: Maldivian, Maldive
MW: Malawian, Malawite
MX: Mexican, Mexicano, Mexicana, Mexicain
MY: Malaysian, Malaysien, Malasio, Malaisien, ماليزي
MZ: Mozambican, Mozambicain, Mozambiqueño
NA: Namibian
NE: Nigerien, Nigérien, Nigérienne
NG: Nigerian, Nigérian, Nigériane, Nigeriano, نيجيري
NI: Nicaraguan, Nicaragüense
NL: Dutch, Holland, Néerlandais, Belanda, The Netherlands
NO: Norwegian
NP: Nepali, Nepalese, Népalais, Népalaise, Nepalí, Nepaly, Nepalis, نيبالي, نيبالية, نيبال
NZ: New Zealander, Kiwi
OM: Omani, Sultanate of Oman, Omanais, Omaní, عماني, سلطنة عمان
PA: Panamanian, Panameño
PE: Peruvian, Peruano, Peruana, Péruvien
PG: Papua New Guinean, PNG
PH: Fil, Filipino, Filipina, Filipinos, Pilipino, Pilipinas, Pinoy, Pinay, Philippine, Philippino, Philipino, Phil, Phils, Philippine Islands, Republic of the Philippines, RP, Phillipines, Phillippines, Philipines, Phillipine, Philippin, Philippine, Fhilippines, Filipin, فلبيني, فلبينية, فلبين, الفليبين, فليبيني, فلبينيه
PK: Pakistani, Pakistanais, Pakistanaise, Paquistaní, Pakistany, باكستاني, باكستانية
PL: Polish, Pole, Polonais, Polaco
PS: Palestine, Palestinian, Palestinien, State of Palestine, فلسطيني, فلسطين
PT: Portuguese, Portugais, Portugués
PY: Paraguayan, Paraguayo
QA: Qatari, Katar, Qatarien, Catarí, State of Qatar, قطري, قطر
RO: Romanian, Roumain, Rumano
RS: Serbian, Serb
RU: Russian, Russian Federation, Russe, Ruso
RW: Rwandan, Rwandese, Rwandais, Rwandaise, Ruanda
SA: KSA, K S A, Saudi, Saudia, Saudi Arabian, Saudi Arab, Kingdom of Saudi Arabia, Saoudien, Saoudienne, Arabie Saoudite, Saudí, Arabia Saudita, Arab Saudi, Saudi Arabiya, السعودية, سعودي, سعودية, العربية السعودية
SD: Sudanese, Soudanais, Soudanaise, Sudanés, سوداني, سودان
SE: Swedish, Swede
SG: Singaporean, Singapour, Singapourien, Singapura, سنغافوري
SI: Slovenian, Slovene
SK: Slovak
SL: Sierra Leonean, Sierra Léonais
SN: Senegalese, Sénégalais, Sénégalaise, Senegalés
SO: Somali, Somalian, Somalien, صومالي
SR: Surinamese
SS: South Sudanese
SV: Salvadoran, Salvadorean, Salvadoreño, Salvadoreña, Salvador
SY: Syria, Syrian, Syrian Arab Republic, Syrien, Syrienne, Sirio, سوري, سورية
SZ: Swaziland, Swazi
TD: Chadian, Tchadien, Tchadienne
TG: Togolese, Togolais, Togolaise
TH: Thai, Thaï, Thailandais, Thaïlandais, Tailandés, Siam, تايلندي, تايلاندي
TJ: Tajik, Tajikistani
TL: East Timor, Timor Leste, Timorese, Timor Est
TM: Turkmen
TN: Tunisian, Tunisien, Tunisienne, Tunecino, تونسي
TR: Turkey, Türkiye, Turkiye, Turkish, Turk, Turc, Turque, Turco, Turki, Turquie, Turquía, تركي
TT: Trinidadian, Trinidad
TW: Taiwanese, Taiwan ROC, Chinese Taipei, Taïwanais, Taiwan Province of China
TZ: Tanzanian, Tanzania, Tanzanien, Tanzanienne, United Republic of Tanzania, Tanzano, تنزاني
UA: Ukrainian, Ukrainien, Ucraniano
UG: Ugandan, Ougandais, Ougandaise, Ugandés, Ugandese, Ouganda, أوغندي, أوغندية, اوغندا, يوغندا
US: USA, U S A, U S, United States of America, America, American, Américain, Estadounidense, EEUU, EE UU, États Unis, Etats Unis, Amerika
UY: Uruguayan, Uruguayo
UZ: Uzbek, Uzbekistani, Ouzbek
VE: Venezuelan, Venezolano, Venezolana, Venezuela
VN: Vietnam, Vietnamese, Viet Nam, Vietnamien, Vietnamienne, Vietnamita, فيتنامي
YE: Yemeni, Yemenite, Yéménite, Yemení, يمني
ZA: South African, RSA, Sud Africain, Sudafricano
ZM: Zambian, Zambien, Zambiano
ZW: Zimbabwean, Zimbabwéen
"""

# Names that fit more than one country. They are asked about, never guessed.
SHARED = """
korea, korean, coree, coreen, coreenne, corea, coreano, coreana, كوريا, كوري: KR, KP
congo, congolese, congolais, congolaise, congoleno, kongo, الكونغو, كونغو: CD, CG
dominican: DO, DM
virgin islands: VG, VI
saint martin, st martin: MF, SX
timor: TL, ID
bengali: BD, IN
guiana: GF, GY
"""
