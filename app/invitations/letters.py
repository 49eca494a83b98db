"""The letters of a community, ready to be printed: your right, your school, what is missing: confirm. In both
languages, one after another, parted by form feeds. Printing them shows names and codes, and is journalled."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import authorize
from app.actor import Actor
from app.applications.queries import round_title
from app.errors import ServiceError
from app.invitations.facts import child_of, guardians_of
from app.invitations.lifecycle import InvitationStatus
from app.invitations.listing import Shown, rows_of, target_of
from app.invitations.models import Finding
from app.journal import service as journal
from app.schools import queries as schools
from app.vault import Vault

NEXT_PAGE = "\f"
RIGHT = {
    Finding.ELIGIBLE: (
        "根据现有登记信息，您的孩子符合入学条件。",
        "By what the registers show, your child has a right to a place.",
    ),
    Finding.UNDETERMINED: (
        "根据现有登记信息，尚不能确定入学条件，请补充下列材料。",
        "What the registers show does not yet settle your child's right; please add what is listed below.",
    ),
    Finding.NOT_SHOWN: (
        "现有登记信息尚未显示符合入学条件；这不是不予入学的决定，请报名并提供下列材料，由工作人员审核。",
        "The registers do not yet show the right. This refuses nothing: apply, show what is listed below, and a person"
        " will decide.",
    ),
}
ZH = """{year}年小学一年级入学邀请（{round}）

{guardian}：
{child}已到入学年龄。
您的权利：{right}
您的学校：{schools}
尚缺材料：{missing}
请确认：登录入学服务系统，凭监护人身份和邀请码 {code} 核对已填好的报名表并提交；也可到社区或教育局窗口办理。
本函不是录取决定。"""
EN = """Invitation to enter grade 1 in {year} ({round})

To {guardian},
{child} is of age to enter school.
Your right: {right}
Your school: {schools}
What is missing: {missing}
Please confirm: sign in to the portal as the guardian, give the code {code}, look through the form that is filled in for
you and submit it; or come to the community's or the bureau's counter.
This letter is no decision on a place."""


async def print_letters(
    session: AsyncSession, vault: Vault, actor: Actor, organisation: str, year: int, community: str
) -> str:
    """A letter for each open invitation of a community, by invitation. Raises `invitation.nobody_to_write_to`,
    `access.*`."""
    actor = authorize(actor, "invitation.print", await target_of(session, actor.bureau, organisation))
    shown = await rows_of(session, vault, actor.bureau, organisation, year, community)
    written = [one for one in shown if one.row.status == InvitationStatus.OPEN]
    if not written:
        raise ServiceError("invitation.nobody_to_write_to", "community")
    title = await round_title(session, actor.bureau, written[0].row.round)
    today = await schools.day_asked(session, None)
    names = {row.id: row.name for row in await schools.schools_standing(session, actor.bureau, today)}
    entries = [
        journal.entry(actor, "invitation", "print", f"invitation:{one.row.id}", one.row.status, "read")
        for one in written
    ]
    await journal.record_all(session, entries)
    return NEXT_PAGE.join(letter(one, title, names) for one in written)


def letter(one: Shown, title: Mapping[str, str], names: Mapping[str, str]) -> str:
    """One family's letter, in Chinese, then in English; `names`: school → its name."""
    right_zh, right_en = RIGHT[Finding(one.row.finding)]
    guardian = next((named["name"] for named in guardians_of(one.said) if named["name"]), None)
    held = [names.get(school, school) for school in one.told["schools"]]
    missing_zh = [zh for _, zh, _ in one.told["missing"]]
    missing_en = [en for _, _, en in one.told["missing"]]
    both = {"year": one.row.year, "child": child_of(one.said)["name"], "code": one.told["code"]}
    zh = ZH.format(
        **both,
        round=title["zh"],
        guardian=guardian or "家长",
        right=right_zh,
        schools="、".join(held) or "由教育局安排",
        missing="".join(missing_zh) or "无",
    )
    en = EN.format(
        **both,
        round=title["en"],
        guardian=guardian or "the parents",
        right=right_en,
        schools=", ".join(held) or "the bureau will find one",
        missing=" ".join(missing_en) or "nothing",
    )
    return f"{zh}\n\n{en}\n"
