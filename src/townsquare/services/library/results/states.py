"""The words for every state, the same on pages, in mails and for programs; and their tone."""

from townsquare.core.words import translatable

COPY_STATES = {
    "in_process": (translatable("In process"), ""),
    "available": (translatable("Available"), "success"),
    "on_loan": (translatable("On loan"), "warning"),
    "reading_room": (translatable("In the reading room"), "info"),
    "hold_shelf": (translatable("Kept for a reader"), "info"),
    "in_transit": (translatable("On its way"), "info"),
    "repair": (translatable("In repair"), ""),
    "missing": (translatable("Missing"), "danger"),
    "lost": (translatable("Lost"), "danger"),
    "withdrawn": (translatable("Withdrawn"), ""),
}
DOCUMENT_STATES = {
    "draft": (translatable("Draft"), "warning"),
    "published": (translatable("Published"), "success"),
    "withdrawn": (translatable("Withdrawn"), ""),
}
MATERIALS = {
    "book": translatable("Book"),
    "periodical": translatable("Periodical"),
    "audio": translatable("Audio"),
    "video": translatable("Video"),
    "map": translatable("Map"),
    "kit": translatable("Kit"),
    "electronic": translatable("Electronic"),
}
ROLES = {
    "author": translatable("Author"),
    "editor": translatable("Editor"),
    "translator": translatable("Translator"),
    "other": translatable("Contributor"),
}
SCHEMES = {
    "isbn": "ISBN",
    "issn": "ISSN",
    "ismn": "ISMN",
    "control": translatable("Control number"),
    "invalid": translatable("Number with a wrong check digit"),
}
LANGUAGES = {
    "ara": translatable("Arabic"),
    "chi": translatable("Chinese"),
    "dut": translatable("Dutch"),
    "eng": translatable("English"),
    "fil": translatable("Filipino"),
    "fre": translatable("French"),
    "ger": translatable("German"),
    "grc": translatable("Ancient Greek"),
    "ind": translatable("Indonesian"),
    "ita": translatable("Italian"),
    "jpn": translatable("Japanese"),
    "lat": translatable("Latin"),
    "nor": translatable("Norwegian"),
    "pol": translatable("Polish"),
    "por": translatable("Portuguese"),
    "rus": translatable("Russian"),
    "spa": translatable("Spanish"),
    "tgl": translatable("Tagalog"),
    "tur": translatable("Turkish"),
    "vie": translatable("Vietnamese"),
}
HOLD_STATES = {
    "waiting": (translatable("Waiting"), ""),
    "suspended": (translatable("Paused"), ""),
    "transit": (translatable("On its way"), "info"),
    "ready": (translatable("Ready to collect"), "success"),
    "filled": (translatable("Collected"), "success"),
    "expired": (translatable("Not collected"), "danger"),
    "cancelled": (translatable("Cancelled"), ""),
}
PATRON_STATES = {
    "active": (translatable("May borrow"), "success"),
    "suspended": (translatable("May not borrow"), "danger"),
    "expired": (translatable("Card expired"), "warning"),
    "left": (translatable("Has left"), ""),
}
CLASSES = {
    "student": translatable("Student"),
    "faculty": translatable("Faculty"),
    "staff": translatable("Staff"),
    "visitor": translatable("Visitor"),
}
REASONS = {
    "overdue": translatable("Late return"),
    "lost": translatable("Lost copy"),
    "processing": translatable("Work with a lost copy"),
}
METHODS = {
    "cash": translatable("Cash"),
    "card": translatable("Card"),
    "transfer": translatable("Transfer"),
    "deposit": translatable("Deposit"),
}
POLICY_FIELDS = {
    "days": translatable("Days"),
    "renewals": translatable("Renewals"),
    "limit": translatable("Loans at once"),
    "fine_minor": translatable("Fine for a late day"),
    "cap_minor": translatable("Fine at most"),
    "grace_days": translatable("Days of grace"),
    "grace_included": translatable("Days of grace are charged too"),
    "cap_at_price": translatable("Fine at most the price"),
    "pickup_days": translatable("Days to collect"),
    "block_at_minor": translatable("No loans from open charges of"),
    "block_after_days": translatable("No loans after days of lateness"),
    "deposit_minor": translatable("Deposit"),
    "tariffs": translatable("Tariffs"),
    "reading_room_only": translatable("Reading room only"),
    "renew_within_days": translatable("Days before the due day to renew"),
    "recall_after_days": translatable("Days kept before a recall"),
    "recall_notice_days": translatable("Days of notice of a recall"),
    "lost_after_days": translatable("Days until it counts as lost"),
    "hold_limit": translatable("Holds at once"),
    "fine_mode": translatable("Fines are"),
    "term_ends_on": translatable("End of term"),
}
FINE_MODES = {
    "off": translatable("off"),
    "test": translatable("only shown"),
    "on": translatable("charged"),
}
COPY_HISTORY = {
    "added": translatable("Added"),
    "changed": translatable("Moved or described anew"),
    "lent": translatable("Lent"),
    "renewed": translatable("Renewed"),
    "recalled": translatable("Asked for early"),
    "lost": translatable("Declared lost"),
    "returned": translatable("Returned"),
}
