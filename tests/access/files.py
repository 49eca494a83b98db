"""The import files that a stage's officers would send: a new town, another class for a programme, a primary leaver."""

from typing import TYPE_CHECKING

from tests.documents import images

if TYPE_CHECKING:
    from tests.access.stage import Stage

TOWNS = (
    "code,name,kind,valid_from,valid_to,succeeded_by,approx_lon,approx_lat,fictitious\n"
    "{bureau}009,虚构新镇,town,2010-11-01,,,120.946,30.526,yes\n"
)
PROGRAMMES = "round,programme,school,grade,classes,class_size,fictitious\n{bureau}-planned,{programme},s1,1,2,12,yes\n"
PICTURE = images.jpeg()
LEAVERS = b"number,primary\n990424201403150015,s1\n"
EXPECTED = "number,name,sex,born_on,community,guardian,relation\n,{name},2,2020-03-20,c1,{guardian},father\n"
PERMIT = (
    "number,name,sex,born_on,community,registered_since,obtained_on,valid_until\n"
    ",{name},2,2020-03-20,c1,2021-01-01,2022-01-15,2027-01-05\n"
)


def file_of(template: str, stage: "Stage") -> bytes:
    return template.format(bureau=stage.bureau, programme=stage.lives["planned"].programme("s1")).encode()
