"""We walk one family through an admission round, over HTTP alone, as any client would.

    python docs/walk.py [http://127.0.0.1:8000] [--bureau 330424]

It needs httpx and a service with a worker in which the demonstration's county stands (`./run`). The persons are the
development provider's fictitious ones; the round is a small demonstration of our own beside whatever rounds there
are. Nobody sets a clock: a demonstration may bring its deadlines forward, and the journal says so.
"""

import argparse
import hashlib
import json
import secrets
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

VERIFIER = Path(__file__).parents[1] / "app" / "allocation" / "verify.py"
OFFICES = {"hy-p01": "school-p01", "hy-p02": "school-p02"}
OFFICERS = ("rules", "casework", "allocation", "approval", "auditor")
PARENTS = ("parent-1", "parent-2", "parent-3", "parent-4")
DOCUMENTS = ("rules", "plan", "catchments", "qualifications", "dates", "papers", "results")

arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("address", nargs="?", default="http://127.0.0.1:8000")
arguments.add_argument("--bureau", default="330424")
given = arguments.parse_args()
bureau = given.bureau


def caller(token: str = "") -> httpx.Client:
    headers = {"Accept-Language": "en"} | ({"Authorization": f"Bearer {token}"} if token else {})
    return httpx.Client(base_url=f"{given.address}/api/v1", headers=headers, timeout=60)


def ask(who: httpx.Client, method: str, path: str, **sent: Any) -> httpx.Response:
    """One call. A refusal ends the walk: it says what is wrong and what can be done."""
    answer = who.request(method, path, **sent)
    if answer.is_error:
        sys.exit(f"{method} {path}: {answer.status_code} {answer.text}")
    return answer


def get(who: httpx.Client, path: str, **query: Any) -> Any:
    return ask(who, "GET", path, params=query).json()


def post(who: httpx.Client, path: str, **body: Any) -> Any:
    return ask(who, "POST", path, json=body or None).json()


def root_above(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root of a Merkle tree of so many leaves, from one leaf and its path (RFC 9162, section 2.1.3.2)."""
    last = size - 1
    for sibling in path:
        if index % 2 or index == last:
            leaf = hashlib.sha256(b"\1" + sibling + leaf).digest()
            while index % 2 == 0 and index:
                index, last = index // 2, last // 2
        else:
            leaf = hashlib.sha256(b"\1" + leaf + sibling).digest()
        index, last = index // 2, last // 2
    assert last == 0, "the path is too short"
    return leaf


# We sign in as everybody whom a round needs: no officer has two duties, and nobody is both of two persons.
anybody = caller()
people = {
    name: caller(post(anybody, "/sessions", bureau=bureau, assertion=name)["token"])
    for name in (*OFFICERS, *PARENTS, *OFFICES.values())
}
rules, casework, allocation, approval, auditor = (people[name] for name in OFFICERS)
family, neighbour = people[PARENTS[0]], people[PARENTS[1]]

# The officer for rules plans a round under a code that is still free, with a class of two seats at each of two schools.
known = get(rules, f"/bureaus/{bureau}/rounds", limit=200)["rounds"]
number = 1 + sum("-walk-" in round_["code"] for round_ in known)
tomorrow, later = (datetime.now(UTC) + timedelta(days=days) for days in (1, 15))
plan = {"code": f"{bureau}-2026-walk-{number}", "stage": "primary", "year": 2026, "ruleset": "primary-2026"}
plan |= {"as_of": "2026-05-31", "opens_at": tomorrow.isoformat(), "closes_at": later.isoformat()}
plan |= {"title_zh": "逐步演示（虚构数据）", "title_en": "A walk through a round (fictitious)"}
id_ = post(rules, "/rounds", **plan, demonstration=True)["id"]
round_, public = f"/rounds/{id_}", f"/bureaus/{bureau}/rounds/{id_}"
programmes = {school: f"walk-{number}-{school}" for school in OFFICES}
for school, programme in programmes.items():
    post(rules, "/programmes", id=programme, round=id_, school=school, grade=1, classes=1, class_size=2)


def bring_forward(deadline: str) -> None:
    post(rules, f"{round_}/demonstration", deadline=deadline)


# Seven things are public before a round opens, and so are the rules themselves. Anybody reads them.
for kind in DOCUMENTS:
    ask(rules, "PUT", f"{round_}/documents/{kind}", json={"text_zh": f"虚构：{kind}", "text_en": f"fictitious {kind}"})
post(rules, f"{round_}/publication")
bring_forward("opens_at")
post(rules, f"{round_}/opening")
[ruleset] = [kept for kept in get(anybody, f"/bureaus/{bureau}/rulesets") if kept["id"] == plan["ruleset"]]
assert hashlib.sha256(ruleset["text"].encode()).hexdigest() == ruleset["digest"] and ruleset["active"]
print(f"{plan['code']} is open; {len(get(anybody, f'{public}/documents'))} documents and its rules are public")

# Four families of one community apply, ours first. What is sent twice under one key is one application.
catchments = get(anybody, f"/bureaus/{bureau}/catchments/primary", limit=500)["catchments"]
home = next(row["community"] for row in catchments if row["schools"] == ["hy-p01"])
registration = {"place": "county", "kind": "family", "with_parents": True, "registered_on": "2020-04-01"}
deed = {"obtained_on": "2019-05-20", "valid_until": "9999-12-31"}
own_flat = {"basis": "own_flat", "share": "1/1", "lived_since": "2019-06-01", "uses": [], "proof": deed}
form = {"facts": {"registration": registration, "home": own_flat}, "preferences": list(programmes.values())}
form |= {"relation": "mother", "residence_community": home, "registration_community": home}
applied = {}
for parent in PARENTS:
    # A child has one place in the rounds of a stage and year, so each walk is another child's.
    child = {"name": f"虚构儿童{secrets.token_hex(4)}", "number_kind": "none", "born_on": "2020-03-15", "sex": "2"}
    sent = {"json": {**form, "child": child}, "headers": {"Idempotency-Key": secrets.token_hex(16)}}
    receipt = ask(people[parent], "POST", f"{round_}/applications", **sent).json()
    assert ask(people[parent], "POST", f"{round_}/applications", **sent).json() == receipt
    applied[parent] = receipt["application"]
application = applied[PARENTS[0]]

# The deadline comes. A caseworker checks each paper; the rules decide, and every rule names its clause.
bring_forward("closes_at")
post(allocation, f"{round_}/closing")
papers = [(of, paper) for of in applied.values() for paper in get(casework, f"/applications/{of}")["evidence"]]
checks = [{"application": of, "kind": paper["kind"], "event": "confirm"} for of, paper in papers]
assert set(post(casework, f"{round_}/checks", checks=checks)["outcomes"].values()) == {"eligible"}
print(f"our child is {get(family, f'/applications/{application}')['outcome']} by the rules {ruleset['id']}")

# The masked points list stands for objection. Then everything that decides is frozen, before a draw still to come.
post(allocation, f"{round_}/ranking")
assert get(family, f"{round_}/ranking/{application}")["shown"] in ask(anybody, "GET", f"{public}/ranking").text
bring_forward("objections_until")
draw = {"draw_name": "three balls drawn in a hall, read in the order drawn", "draw_at": tomorrow.isoformat()}
root = post(allocation, f"{round_}/freeze", **draw)["root"]
print(f"frozen under the root {root}")

# Two persons enter the draw, fictitious as its name says. Root and draw give every lottery ticket.
bring_forward("draw_at")
act = post(allocation, f"{round_}/draw-proposals", value="-".join(str(secrets.randbelow(10)) for _ in range(3)))
post(approval, f"/acts/{act['id']}/draw", digest=act["digest"])

# A worker runs the allocation and the verifier. Our family sees nothing until two persons have approved the result.
post(allocation, f"{round_}/runs", reason="the first run")
while (run := get(allocation, f"{round_}/runs")[-1])["status"] in ("queued", "solved"):
    time.sleep(0.2)
assert run["status"] == "verified", run["verdict"]
act = post(allocation, f"{round_}/approval-proposals")
post(approval, f"/acts/{act['id']}/approval", digest=act["digest"])
assert id_ not in {offer["round"] for offer in get(family, "/offers")}
post(allocation, f"{round_}/proposed-list")
[ours] = [offer for offer in get(family, "/offers") if offer["round"] == id_]
print(f"proposed: {ours['school']}, our wish {ours['rank']}, {ours['distance_m']} m from home ({ours['band']})")

# We trust nobody: we fetch the public files, run the verifier by itself, and find our own child in what was frozen.
[proof] = get(family, f"{round_}/proofs/{application}")
with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    for file in get(anybody, f"{public}/files"):
        content = ask(anybody, "GET", f"{public}/files/{file['source']}/{file['number']}/{file['name']}").content
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
        (folder / file["name"]).write_bytes(content)
    verdict = subprocess.run([sys.executable, "-I", "-S", VERIFIER, folder], capture_output=True, text=True)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr
    manifest, placements = json.loads((folder / "manifest.json").read_text()), (folder / "placements.csv").read_text()
salted = b"\0allocation-family/1\n" + f"{proof['salt']}\n{proof['rows']}".encode()
path = [bytes.fromhex(step) for step in proof["path"]]
families = root_above(hashlib.sha256(salted).digest(), proof["leaf"], proof["leaves"], path).hex()
assert manifest["families"] == families and manifest["root"] == proof["root"] == root
assert f"\n{proof['pseudonym']},{ours['programme']},{ours['rank']},{ours['seat']}\n" in placements
print(f"verified by ourselves, and our child is leaf {proof['leaf']} of {proof['leaves']} below the root")

# The list becomes final. We accept for good, a neighbour declines; silence, as the round has published, accepts.
bring_forward("objections_until")
post(allocation, f"{round_}/final-list")
post(family, f"/offers/{ours['id']}/answer", answer="accept")
[theirs] = [offer for offer in get(neighbour, "/offers") if offer["round"] == id_]
post(neighbour, f"/offers/{theirs['id']}/answer", answer="decline", destination="外县（虚构）")
bring_forward("answers_until")
post(allocation, f"{round_}/end-of-answers")

# Each school's office sees the children it expects, without rank or points, and reports who has arrived.
for school, office in OFFICES.items():
    expected = get(people[office], f"/schools/{school}{round_}/offers")["offers"]
    reports = [{"offer": offer["id"], "report": "report_arrived"} for offer in expected]
    post(people[office], f"/schools/{school}/reports", reports=reports)
print(f"our child has {get(family, '/offers/' + ours['id'])['status']}")

# The auditor, who can write nothing, reads whether every eligible child was provided for, and who did what.
provision = get(auditor, f"{round_}/provision")["everyone"]
entries = get(auditor, "/journal", object=f"round:{id_}", limit=500)["entries"]
print(f"provided for: {provision['numerator']} of {provision['denominator']}; {provision['funnel']}")
print(f"the journal holds {len(entries)} entries on the round, by {len({e['person'] for e in entries})} persons")
