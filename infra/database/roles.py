"""Who may enter the database, as what, and for how long."""

from dataclasses import dataclass

from infra import names

OWNER = "payments_owner"
VAULT_MANAGER = "vault_manager"
MIGRATOR = names.DATABASE_ROLES["payments-migrate"]


@dataclass(frozen=True, kw_only=True)
class DatabaseRole:
    """A role of PostgreSQL."""

    name: str
    purpose: str
    login: bool = True
    create_role: bool = False
    inherit: bool = True
    roles: tuple[str, ...] = ()
    """Roles that it is a member of."""
    connections: int = 20
    statement_seconds: int = 5
    """0: no limit of its own."""
    idle_in_transaction_seconds: int = 10
    rotated: bool = True
    """Whether Vault keeps and changes its password."""


def _service(name: str, connections: int) -> DatabaseRole:
    return DatabaseRole(
        name=names.DATABASE_ROLES[name], purpose=f"the part {name}", connections=connections
    )


ROLES = (
    DatabaseRole(
        name=OWNER,
        purpose="owns the schema; nobody signs in as it",
        login=False,
        connections=0,
        rotated=False,
    ),
    DatabaseRole(
        name=MIGRATOR,
        purpose="changes the schema",
        roles=(OWNER,),
        connections=4,
        # An index on a full partition takes its time; a lock that is not had soon is given up by
        # the migration itself.
        statement_seconds=3600,
        idle_in_transaction_seconds=60,
    ),
    # Pods times the connections of each one's pool, at the widest.
    _service("payments-api", 100),
    _service("payment-relay", 20),
    _service("payment-fraud", 40),
    _service("payment-risk", 40),
    _service("payment-processor", 120),
    _service("payment-projection", 40),
    DatabaseRole(
        name="payments_readonly",
        purpose="a person reads, through Vault, and is in the audit log",
        connections=5,
        statement_seconds=60,
    ),
    DatabaseRole(
        name="payments_breakglass",
        purpose="a person repairs, through Vault, after two others agreed",
        connections=2,
        statement_seconds=600,
        idle_in_transaction_seconds=60,
    ),
)

ROTATED = tuple(each for each in ROLES if each.rotated)
