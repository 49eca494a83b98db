"""We walk one family through an admission round, over HTTP alone, as any client would.

    python docs/walk.py [http://127.0.0.1:8000] [--bureau 330424]

It needs httpx and a service in which the demonstration's county stands (`./run`), with a worker. All persons are the
development provider's fictitious ones, and so are the children, the draw and the round: it is a demonstration round
of our own, small, planned beside whatever rounds there are. Nothing here sets a clock: a demonstration may bring its
deadlines forward, and the journal says so.
"""

import argparse
import hashlib
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
PARENTS = ("parent-1", "parent-2", "parent-3", "parent-4")
DOCUMENTS = ("rules", "plan", "catchments", "qualifications", "dates", "papers", "results")
SEATS = 2


class Caller(httpx.Client):
    """Somebody, signed in or not. A refusal ends the walk with its code, what is wrong and what can be done."""

    def ask(self, method: str, path: str, /, **sent: Any) -> Any:
        answer = self.request(method, path, **sent)
        if answer.is_error:
            raise SystemExit(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None

    def get(self, path: str, /, **query: Any) -> Any:  # type: ignore[override]
        return self.ask("GET", path, params=query)

    def post(self, path: str, /, **body: Any) -> Any:  # type: ignore[override]
        return self.ask("POST", path, json=body or None)


def walk(address: str, bureau: str) -> None:
    api, headers = f"{address}/api/v1", {"Accept-Language": "en"}
    anybody = Caller(base_url=api, headers=headers, timeout=60)

    def sign_in(name: str) -> Caller:
        token = anybody.post("/sessions", bureau=bureau, assertion=name)["token"]
        return Caller(base_url=api, headers={**headers, "Authorization": f"Bearer {token}"}, timeout=60)

    # We sign in as everybody whom a round needs: no officer has two duties, and no act of two persons has one.
    people = {name: sign_in(name) for name in (*PARENTS, *OFFICES.values())}
    rules, casework, allocation, approval, auditor = map(
        sign_in, ("rules", "casework", "allocation", "approval", "auditor")
    )

    # The officer for rules plans a round under a code that is still free, and a class of two seats at two schools.
    number = 1 + sum("-walk" in round_["code"] for round_ in pages(anybody, f"/bureaus/{bureau}/rounds", "rounds"))
    code, tomorrow = f"{bureau}-2026-walk-{number}", datetime.now(UTC) + timedelta(days=1)
    round_ = rules.post(
        "/rounds",
        code=code,
        stage="primary",
        year=2026,
        title_zh="逐步演示（虚构数据）",
        title_en="A walk through a round (fictitious data)",
        ruleset="primary-2026",
        as_of="2026-05-31",
        opens_at=tomorrow.isoformat(),
        closes_at=(tomorrow + timedelta(days=14)).isoformat(),
        demonstration=True,
    )
    held, public = f"/rounds/{round_['id']}", f"/bureaus/{bureau}/rounds/{round_['id']}"
    programmes = {school: f"walk-{number}-{school}" for school in OFFICES}
    for school, programme in programmes.items():
        seats = {"grade": 1, "classes": 1, "class_size": SEATS}
        rules.post("/programmes", id=programme, round=round_["id"], school=school, **seats)

    def bring_forward(deadline: str) -> None:
        rules.post(f"{held}/demonstration", deadline=deadline)

    # Seven things must be public before a round opens. Anybody reads them, and the rules themselves.
    for kind in DOCUMENTS:
        texts = {"text_zh": f"{kind}：虚构内容。", "text_en": f"{kind}: fictitious content."}
        rules.ask("PUT", f"{held}/documents/{kind}", json=texts)
    rules.post(f"{held}/publication")
    bring_forward("opens_at")
    rules.post(f"{held}/opening")
    documents = anybody.get(f"{public}/documents")
    [ruleset] = [kept for kept in anybody.get(f"/bureaus/{bureau}/rulesets") if kept["id"] == round_["ruleset"]]
    assert hashlib.sha256(ruleset["text"].encode()).hexdigest() == ruleset["digest"] and ruleset["active"]
    print(f"{code} is open; {len(documents)} documents and the rules {ruleset['id']} are public")

    # Four families of one community apply. Ours is the first; sent twice under one key, it is one application.
    catchments = pages(anybody, f"/bureaus/{bureau}/catchments/primary", "catchments")
    home = next(held_by["community"] for held_by in catchments if held_by["schools"] == ["hy-p01"])
    applied = {}
    for parent in PARENTS:
        sent = {"json": form(f"虚构儿童{parent}", home, programmes), "headers": {"Idempotency-Key": secrets.token_hex(16)}}
        receipt = people[parent].ask("POST", f"{held}/applications", **sent)
        assert people[parent].ask("POST", f"{held}/applications", **sent) == receipt
        applied[parent] = receipt["application"]
    family, application = people[PARENTS[0]], applied[PARENTS[0]]

    # The deadline comes; a caseworker checks the papers, and the rules decide, each naming its clause.
    bring_forward("closes_at")
    allocation.post(f"{held}/closing")
    checks = [
        {"application": id_, "kind": paper["kind"], "event": "confirm"}
        for id_ in applied.values()
        for paper in casework.get(f"/applications/{id_}")["evidence"]
    ]
    assert set(casework.post(f"{held}/checks", checks=checks)["outcomes"].values()) == {"eligible"}
    [finding] = family.get(f"/applications/{application}")["decision"]["trace"][:1]
    print(f"our child is eligible under {len(finding['decision']['trace'])} rules, each with its clause")

    # The masked points list stands for objection; then the problem is frozen before a draw that is still to come.
    allocation.post(f"{held}/ranking")
    masked = family.get(f"{held}/ranking/{application}")["shown"]
    assert masked in anybody.request("GET", f"{public}/ranking").text
    bring_forward("objections_until")
    draw = {"draw_name": "three balls drawn in a hall, in the order drawn", "draw_at": tomorrow.isoformat()}
    root = allocation.post(f"{held}/freeze", **draw)["root"]
    print(f"frozen before the draw: {root}")

    # The draw, fictitious as its name says, is entered by two persons; it and the root give every lottery ticket.
    bring_forward("draw_at")
    balls = "-".join(str(secrets.randbelow(10)) for _ in range(3))
    act = allocation.post(f"{held}/draw-proposals", value=balls)
    approval.post(f"/acts/{act['id']}/draw", digest=act["digest"])

    # The run is a worker's job. Families see nothing of it until two persons have approved the verified result.
    allocation.post(f"{held}/runs", reason="first run of the walk")
    while (run := allocation.get(f"{held}/runs")[-1])["status"] in ("queued", "solved"):
        time.sleep(0.2)
    assert run["status"] == "verified", run["verdict"]
    act = allocation.post(f"{held}/approval-proposals")
    approval.post(f"/acts/{act['id']}/approval", digest=act["digest"])
    assert not [offer for offer in family.get("/offers") if offer["round"] == round_["id"]]
    allocation.post(f"{held}/proposed-list")
    [ours] = [offer for offer in family.get("/offers") if offer["round"] == round_["id"]]
    print(f"proposed: {ours['school']}, wish {ours['rank']}, {ours['distance_m']} m away, band {ours['band']}")

    # The family trusts nobody: it fetches the public files, runs the verifier alone, and finds its own rows in them.
    [proof] = family.get(f"{held}/proofs/{application}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in anybody.get(f"{public}/files"):
            path = f"{public}/files/{file['source']}/{file['number']}/{file['name']}"
            (folder / file["name"]).write_bytes(anybody.request("GET", path).content)
            assert hashlib.sha256((folder / file["name"]).read_bytes()).hexdigest() == file["sha256"]
        verdict = subprocess.run([sys.executable, "-I", "-S", VERIFIER, folder], capture_output=True, text=True)
        assert verdict.returncode == 0, verdict.stdout + verdict.stderr
        check_family(folder, proof, root, ours)
    print(f"verified by ourselves: {verdict.stdout.splitlines()[0]}; our rows are leaf {proof['leaf']} of the root")

    # The list becomes final. Ours accepts for good, the second declines, the others say nothing, which accepts.
    bring_forward("objections_until")
    allocation.post(f"{held}/final-list")
    family.post(f"/offers/{ours['id']}/answer", answer="accept")
    [theirs] = [offer for offer in people[PARENTS[1]].get("/offers") if offer["round"] == round_["id"]]
    people[PARENTS[1]].post(f"/offers/{theirs['id']}/answer", answer="decline", destination="外县（虚构）")
    bring_forward("answers_until")
    allocation.post(f"{held}/end-of-answers")

    # Each school's office sees the children it expects, without rank or keys, and reports who has come.
    for school, office in OFFICES.items():
        expected = people[office].get(f"/schools/{school}{held}/offers")["offers"]
        reports = [{"offer": offer["id"], "report": "report_arrived"} for offer in expected]
        people[office].post(f"/schools/{school}/reports", reports=reports)
    print(f"our child has {family.get('/offers/' + ours['id'])['status']} at {ours['school']}")

    # The auditor, who can write nothing, reads whether every eligible child was provided for, and who did what.
    report = auditor.get(f"{held}/provision")["everyone"]
    journal = auditor.get("/journal", object=f"round:{round_['id']}", limit=500)["entries"]
    print(f"provision {report['numerator']} of {report['denominator']}, {report['percent']}%: {report['funnel']}")
    print(f"the journal holds {len(journal)} moves of the round, the last: {journal[0]['action']}")


def pages(caller: Caller, path: str, name: str) -> list[dict[str, Any]]:
    """Every item of a list that is answered page by page."""
    page = caller.get(path)
    items = list(page[name])
    while page["next"] is not None:
        page = caller.get(path, after=page["next"])
        items += page[name]
    return items


def form(child: str, home: str, programmes: dict[str, str]) -> dict[str, Any]:
    """A child registered and living in the family's own flat, who would rather go to the other school."""
    deed = {"obtained_on": "2019-05-20", "valid_until": "9999-12-31"}
    return {
        "child": {"name": child, "number_kind": "none", "number": None, "born_on": "2020-03-15", "sex": "2"},
        "relation": "mother",
        "residence_community": home,
        "registration_community": home,
        "preferences": [programmes["hy-p01"], programmes["hy-p02"]],
        "facts": {
            "registration": {
                "place": "county",
                "kind": "family",
                "with_parents": True,
                "at_home": True,
                "registered_on": "2020-04-01",
            },
            "home": {"basis": "own_flat", "share": "1/1", "lived_since": "2019-06-01", "uses": [], "proof": deed},
        },
    }
