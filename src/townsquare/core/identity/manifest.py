"""What identity may be asked for, and the roles that every town has."""

from townsquare.core.words import translatable

PERMISSIONS = {
    "identity.account.view": translatable("See accounts and their roles"),
    "identity.account.invite": translatable("Invite people to a role"),
    "identity.account.disable": translatable("Disable and enable accounts"),
    "identity.role.grant": translatable("Give and take roles that allow no more than one's own"),
    "identity.role.appoint": translatable("Give and take every role, also beyond one's own"),
    "identity.program.manage": translatable(
        "Give programs tokens of their own, and take them back"
    ),
    "audit.view": translatable("Read the audit"),
}
# Of whoever runs the machine; no role holds it.
APPOINT_ALONE = "identity.role.appoint_alone"
SENSITIVE = frozenset(PERMISSIONS)  # Who has one of these is asked for a second step.
ADMINISTRATOR = "administrator"
