"""What people may do in the library, and the roles that come with it."""

from townsquare.core.words import translatable

PERMISSIONS = {
    "library.catalogue.curate": translatable("See drafts, withdrawn documents and shelves"),
    "library.document.edit": translatable("Describe documents"),
    "library.copy.edit": translatable("Add, move, label and withdraw copies"),
    "library.authority.edit": translatable("Look after names, categories and branches"),
    "library.catalogue.import": translatable("Import records"),
    "library.loan.create": translatable("Lend and renew copies at the desk"),
    "library.loan.return": translatable("Take copies back"),
    "library.loan.view": translatable("See who has borrowed what"),
    "library.loan.recall": translatable("Ask readers to bring copies back early"),
    "library.loan.override": translatable("Lend against a rule, with a reason"),
    "library.hold.manage": translatable("Look after the queue and the hold shelf"),
    "library.patron.read": translatable("Find readers and see their cards"),
    "library.patron.edit": translatable("Register readers and change their cards"),
    "library.payment.take": translatable("See charges and take payments and deposits"),
    "library.payment.refund": translatable("Pay money and deposits back"),
    "library.charge.waive": translatable("Let readers off charges"),
    "library.copy.condition": translatable("Declare copies lost, found, damaged or mended"),
    "library.rule.publish": translatable("Publish new rules"),
    "library.calendar.set": translatable("Change opening days and tariffs"),
    "library.notice.send": translatable("Remind readers and send receipts"),
    "library.report.view": translatable("See and download reports"),
}
# What touches money, also by the rules and tariffs that say how much.
SENSITIVE = frozenset(
    {
        "library.payment.take",
        "library.payment.refund",
        "library.charge.waive",
        "library.rule.publish",
        "library.calendar.set",
    }
)
CATALOGUING = frozenset(
    {
        "library.catalogue.curate",
        "library.document.edit",
        "library.copy.edit",
        "library.authority.edit",
        "library.catalogue.import",
    }
)
LENDING = frozenset(
    {
        "library.loan.create",
        "library.loan.return",
        "library.loan.view",
        "library.loan.recall",
        "library.loan.override",
        "library.hold.manage",
        "library.patron.read",
        "library.patron.edit",
        "library.payment.take",
        "library.copy.condition",
        "library.catalogue.curate",
    }
)
MANAGING = LENDING | {
    "library.charge.waive",
    "library.payment.refund",
    "library.rule.publish",
    "library.calendar.set",
    "library.notice.send",
    "library.report.view",
}
ROLES = {
    "library.cataloguer": CATALOGUING,
    "library.librarian": LENDING,
    "library.manager": MANAGING,
}
