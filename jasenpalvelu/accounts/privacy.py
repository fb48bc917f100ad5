"""Every column about logins: its field class, whether the person gets it, and what erasure does to it (REG-14).

Secrets of a login are never exported: a copy of them in a download would open the account.
"""

from jasenpalvelu.common.privacy import Erase, Table, columns

TABLES: dict[str, Table] = {
    "accounts_user": columns("id is_active is_staff is_superuser is_demo demo_role created_at")
    | columns("email full_name language last_login", "B")
    | columns("password", "E", export=False),
    "accounts_user_groups": columns("id user_id group_id"),
    "accounts_user_user_permissions": columns("id user_id permission_id"),
    "account_emailaddress": columns("id user_id verified primary") | columns("email", "B"),
    "account_emailconfirmation": columns("id email_address_id created sent")
    | columns("key", "E", export=False),
    "mfa_authenticator": columns("id user_id")
    | columns("type created_at last_used_at", "B")
    | columns("data", "E", export=False),
    "usersessions_usersession": columns("id user_id data")
    | columns("ip user_agent created_at last_seen_at", "B")
    | columns("session_key", "E", export=False),
    # --- what the framework keeps -------------------------------------------------------------------------------------
    "auth_group": columns("id name"),
    "auth_group_permissions": columns("id group_id permission_id"),
    "auth_permission": columns("id name content_type_id codename"),
    "django_content_type": columns("id app_label model"),
    "django_session": columns("expire_date") | columns("session_key session_data", "E", export=False),
    "django_admin_log": columns("id content_type_id action_flag")
    | columns("action_time user_id", "A", erase=Erase.KEEP)
    | columns("object_id object_repr change_message", "E", export=False, erase=Erase.BLANK),
}
