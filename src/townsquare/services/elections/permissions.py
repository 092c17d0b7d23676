"""What people may do in elections, and the roles that come with them."""

from townsquare.core.words import translatable

# Those that a look asks for beside the acts.
INTERRUPT = "elections.election.interrupt"
CERTIFY = "elections.result.certify"
RULE = "elections.dispute.rule"
DECIDE = "elections.candidate.decide"
STRIKE = "elections.candidate.disqualify"

PERMISSIONS = {
    "elections.election.view": translatable("See drafts of elections and how far they are"),
    "elections.election.manage": translatable("Set up elections and their questions"),
    "elections.roll.manage": translatable("Say who may vote"),
    "elections.roll.challenge": translatable("Say why somebody on a roll may not vote"),
    "elections.roll.decide": translatable(
        "Decide challenges to a roll, and confirm that a precinct goes off it"
    ),
    "elections.election.freeze": translatable("Propose or confirm that an election is frozen"),
    "elections.count.run": translatable("Close and count polls whose time is over"),
    "elections.notice.send": translatable("Tell people of elections"),
    "elections.election.interrupt": translatable(
        "Propose or confirm that an election is suspended, resumed, extended or closed early"
    ),
    "elections.result.certify": translatable(
        "Propose or confirm that a result is certified, annulled or counted again"
    ),
    "elections.candidate.decide": translatable("Admit and reject candidates"),
    "elections.candidate.disqualify": translatable(
        "Propose or confirm that a candidate is disqualified after the freezing"
    ),
    "elections.slate.file": translatable("File the lists of a party whose agent they are"),
    "elections.precinct.manage": translatable("Choose precincts, and who enters their returns"),
    "elections.return.enter": translatable("Enter returns of their own precincts"),
    "elections.return.approve": translatable("Approve returns of their own precincts"),
    "elections.dispute.rule": translatable("Rule on objections to elections"),
    "elections.verification.submit": translatable("Hand in the reports of verifying programs"),
    "elections.trustee.manage": translatable("Name trustees, the authority and holders of seeds"),
    "elections.trustee.act": translatable("Make keys and decrypt as a trustee of an election"),
    "elections.authority.act": translatable("Issue the credentials of an election"),
    "elections.seed.reveal": translatable("Hold a seed of the lot of an election"),
    "elections.credential.confirm": translatable("Confirm that a credential was made void"),
}
# What decides who votes on what.
SENSITIVE = frozenset(
    {
        *("elections.election.manage", "elections.roll.manage", "elections.election.freeze"),
        *("elections.election.interrupt", "elections.result.certify"),
        *("elections.trustee.manage", "elections.credential.confirm"),
        "elections.candidate.disqualify",
    }
)
# Parts that people have in an election who are named for it; no officer has them by being one.
TRUSTED = {
    "elections.trustee": frozenset({"elections.trustee.act"}),
    "elections.authority": frozenset({"elections.authority.act"}),
    "elections.seed-holder": frozenset({"elections.seed.reveal"}),
}
# Who sets elections up does not certify them.
OTHERS = frozenset({"elections.result.certify", "elections.slate.file"})
OFFICIATING = frozenset(PERMISSIONS).difference(*TRUSTED.values()) - OTHERS
WITNESSING = frozenset(
    {
        "elections.election.view",
        "elections.election.freeze",
        "elections.election.interrupt",
        "elections.candidate.disqualify",
        "elections.roll.decide",
    }
)
CERTIFYING = frozenset(
    {
        *("elections.election.view", "elections.result.certify"),
        *("elections.dispute.rule", "elections.verification.submit"),
    }
)
ROLES = {
    "elections.officer": OFFICIATING,
    "elections.witness": WITNESSING,  # The second person, who changes nothing.
    "elections.certifier": CERTIFYING,
    "elections.party-agent": frozenset({"elections.slate.file"}),
    "elections.precinct-officer": frozenset({"elections.return.enter"}),
    "elections.return-approver": frozenset({"elections.return.approve"}),
    **TRUSTED,
}
