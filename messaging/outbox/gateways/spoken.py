"""What a call says: the text in the worker's language where there is a voice for it, and what the digits mean."""

LONGEST_SPOKEN = 1_500  # Characters; the whole of the instructions may have 4,000.
# Languages that Twilio speaks, with the voice that speaks them. The others hear English, and the call is flagged.
VOICES = {
    "en": ("en-US", "Polly.Joanna"), "ar": ("arb", "Polly.Zeina"), "hi": ("hi-IN", "Polly.Aditi"), "id": ("id-ID", "Google.id-ID-Standard-A"),
    "tl": ("fil-PH", "Google.fil-PH-Standard-A"), "bn": ("bn-IN", "Google.bn-IN-Standard-A"), "ta": ("ta-IN", "Google.ta-IN-Standard-A"),
}  # fmt: skip
PRESS = {
    "en": "Press 1 if you are safe. Press 2 if you need help.",
    "ar": "اضغط 1 إذا كنت بأمان. اضغط 2 إذا كنت بحاجة إلى مساعدة.",
    "hi": "यदि आप सुरक्षित हैं तो 1 दबाएँ। यदि आपको मदद चाहिए तो 2 दबाएँ।",
    "id": "Tekan 1 jika Anda aman. Tekan 2 jika Anda butuh bantuan.",
    "tl": "Pindutin ang 1 kung ligtas ka. Pindutin ang 2 kung kailangan mo ng tulong.",
    "bn": "আপনি নিরাপদ থাকলে 1 চাপুন। সাহায্য দরকার হলে 2 চাপুন।",
    "ta": "நீங்கள் பாதுகாப்பாக இருந்தால் 1 ஐ அழுத்தவும். உதவி தேவைப்பட்டால் 2 ஐ அழுத்தவும்.",
}
THANKS = {
    "en": "Thank you. Goodbye.", "ar": "شكراً. مع السلامة.", "hi": "धन्यवाद।", "id": "Terima kasih.", "tl": "Salamat po.", "bn": "ধন্যবাদ।", "ta": "நன்றி.",
}  # fmt: skip
UNSPOKEN = (
    "This is an urgent message from your agency. We have sent you a text message in your language. Please read it."
)
# What a digit says. Words, because a digit alone needs a question that is still open, and this one was just asked.
ANSWERS = {"1": "SAFE", "2": "HELP"}


def words(language: str, body: str) -> str:
    """Everything that is spoken: the text, or in English where to read it, then which digit means what."""
    said = body[:LONGEST_SPOKEN] if language in VOICES else UNSPOKEN
    return f"{said} {press(language)}"


def press(language: str) -> str:
    """Which digit means what, in the language if it can be spoken."""
    return PRESS.get(language, PRESS["en"])


def thanks(language: str) -> str:
    """What is said after a digit that counts."""
    return THANKS.get(language, THANKS["en"])
