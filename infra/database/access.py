"""The database's roles, its owner, and what each role may touch."""

import secrets
from dataclasses import dataclass

import pulumi
import pulumi_postgresql as postgresql

from infra import names
from infra.database import roles


@dataclass(frozen=True, kw_only=True)
class DatabaseAccessArgs:
    """Nothing to decide: the table in `roles` has it all."""

    retained: bool = True
    """Whether the database outlives its removal from the program."""


class DatabaseAccess(pulumi.ComponentResource):
    """Roles from the table, the database, and its default privileges."""

    manager_password: pulumi.Output[str]
    """Of `vault_manager` as first made; Vault changes it right afterwards."""

    def __init__(
        self, name: str, args: DatabaseAccessArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:database:DatabaseAccess", name, None, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        made = {each.name: self._role(each) for each in roles.ROLES if not each.roles}
        made |= {
            each.name: self._role(each, after=[made[other] for other in each.roles])
            for each in roles.ROLES
            if each.roles
        }
        manager = self._manager(made)
        database = postgresql.Database(
            names.DATABASE,
            name=names.DATABASE,
            owner=made[roles.OWNER].name,
            encoding="UTF8",
            lc_collate="C.UTF-8",
            lc_ctype="C.UTF-8",
            template="template0",
            opts=pulumi.ResourceOptions(
                parent=self, protect=args.retained, retain_on_delete=args.retained
            ),
        )
        self._grants(database, {**made, roles.VAULT_MANAGER: manager})
        self.manager_password = pulumi.Output.secret(manager.password.apply(lambda it: it or ""))
        self.register_outputs({})

    def _role(
        self, role: roles.DatabaseRole, after: list[postgresql.Role] | None = None
    ) -> postgresql.Role:
        return postgresql.Role(
            role.name,
            name=role.name,
            login=role.login,
            inherit=role.inherit,
            superuser=False,
            create_database=False,
            create_role=False,
            replication=False,
            bypass_row_level_security=False,
            connection_limit=role.connections,
            statement_timeout=role.statement_seconds * 1000,
            idle_in_transaction_session_timeout=role.idle_in_transaction_seconds * 1000,
            search_paths=["public"],
            roles=list(role.roles),
            opts=pulumi.ResourceOptions(parent=self, depends_on=after or []),
        )

    def _manager(self, made: dict[str, postgresql.Role]) -> postgresql.Role:
        manager = postgresql.Role(
            roles.VAULT_MANAGER,
            name=roles.VAULT_MANAGER,
            login=True,
            create_role=True,
            inherit=False,
            connection_limit=10,
            password=secrets.token_urlsafe(32),
            opts=pulumi.ResourceOptions(
                parent=self,
                # The first one only starts Vault off; Vault then sets one that nobody knows.
                ignore_changes=["password"],
                additional_secret_outputs=["password"],
            ),
        )
        for role in roles.ROTATED:
            postgresql.GrantRole(
                f"{roles.VAULT_MANAGER}-{role.name}",
                role=manager.name,
                grant_role=made[role.name].name,
                # PostgreSQL 16 lets only an administrator of a role change its password.
                with_admin_option=True,
                opts=self._child,
            )
        return manager

    def _grants(self, database: postgresql.Database, made: dict[str, postgresql.Role]) -> None:
        no_login = {each.name for each in roles.ROLES if not each.login}
        for role in ("public", *(each for each in made if each not in no_login)):
            postgresql.Grant(
                f"connect-{role}",
                database=database.name,
                role=role,
                object_type="database",
                privileges=[] if role == "public" else ["CONNECT"],
                opts=pulumi.ResourceOptions(
                    parent=self, depends_on=[made[role]] if role in made else []
                ),
            )
        postgresql.Grant(
            "schema-owner",
            database=database.name,
            schema="public",
            role=made[roles.OWNER].name,
            object_type="schema",
            privileges=["CREATE", "USAGE"],
            opts=self._child,
        )
        for kind in ("table", "function", "sequence"):
            postgresql.DefaultPrivileges(
                f"public-{kind}",
                database=database.name,
                owner=made[roles.OWNER].name,
                role="public",
                object_type=kind,
                # What a migration makes is nobody's until it grants it.
                privileges=[],
                opts=self._child,
            )
