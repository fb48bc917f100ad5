"""Every column of the jobs table (REG-14). Result files hold what the owner asked for and go after thirty days."""

from jasenpalvelu.common.privacy import Erase, Table, columns

TABLES: dict[str, Table] = {
    "jobs_job": columns(
        "id kind unit_id capability needs units dedupe_key state wish total done failed failures attempts not_before worked"
        " lease_token leased_until facts phases timeline log"
    )
    | columns("title detail owner_id created_at started_at finished_at", "A", export=False, erase=Erase.KEEP)
    | columns("params cursor attention message", "E", export=False, erase=Erase.BLANK, protected=True)
    | columns(
        "result result_name result_url result_label", "E", export=False, erase=Erase.BLANK, protected=True
    ),
}
