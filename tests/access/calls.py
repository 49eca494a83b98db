"""A request for each row of the table, about the stage's objects: good enough that it succeeds for whoever may."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from app.applications.deferral_schemas import CERTIFICATE
from app.clock import uuid7
from tests.access.files import LEAVERS, PICTURE, PROGRAMMES, TOWNS, file_of
from tests.access.intake import intake_calls
from tests.access.invited import INVITED, UNINVITED, births
from tests.access.sent import Sent as Sent
from tests.access.sent import filled as filled
from tests.access.stage import REASON, WORDS, Stage
from tests.schools.kindergartens import FILING

CLASS = {"grade": 1, "number": 2, "size_limit": 45, "pupils": 40}


def calls(stage: Stage) -> dict[str, Sent]:
    """By title of the row."""
    return {
        **_accounts(stage),
        **_schools(stage),
        **_applications(stage),
        **_invitations(stage),
        **_rounds(stage),
        **_office(stage),
    } | {
        **_offers(stage),
        **_documents(stage),
        **_messages(stage),
        **_reports(stage),
        **_casework(stage),
    }


def _round(stage: Stage, name: str, json: Any = None, **rest: Any) -> Sent:
    return Sent({"round_id": stage.round(name)}, json, **rest)


def _act(stage: Stage, name: str, **more: str) -> Sent:
    act = stage.acts[name]
    return Sent({"act_id": act.id}, {"digest": act.digest, **more})


def _public(stage: Stage, which: str, **more: Any) -> Sent:
    return Sent({"bureau": stage.bureau, "round_id": stage.round(which), **more})


def _accounts(stage: Stage) -> dict[str, Sent]:
    grantee = str(stage.objects["grantee"])
    role = {"person": grantee, "organisation": "s2", "role": "school_office", "valid_from": "2026-01-01"}
    return {
        "sign_in": Sent(json={"bureau": stage.bureau, "assertion": "registrar"}),
        "sign_out": Sent(),
        "who_am_i": Sent(),
        "grant_role": Sent(json=role),
        "list_grants": Sent(query={"person": grantee}),
        "end_grant": Sent({"grant_id": stage.objects["grant"]}),
        "list_acts": Sent(),
        "found_organisation": Sent(json={"id": "fict-t9", "kind": "town", "name": "虚构镇政府"}),
        "list_organisations": Sent({"bureau": stage.bureau}),
    }


def _schools(stage: Stage) -> dict[str, Sent]:
    bureau, planned = {"bureau": stage.bureau}, str(stage.round("planned"))
    towns, programmes = file_of(TOWNS, stage), file_of(PROGRAMMES, stage)
    programme = stage.lives["planned"].programme("s1")
    plan = {"id": programme, "round": planned, "school": "s1", "grade": 1, "classes": 3, "class_size": 12}
    settlement = {"seats": 1, "class_reduction": 1, "decision": "FICT-2026-003"}
    tried = {name: {"digest": digest} for name, digest in stage.digests.items()}
    return {
        "list_towns": Sent(bureau),
        "list_schools": Sent(bureau),
        "list_communities": Sent(bureau),
        "list_catchments": Sent({**bureau, "stage": "primary"}),
        "list_feeders": Sent(bureau),
        "list_programmes": _public(stage, "published"),
        "dry_run_import": Sent({"kind": "towns"}, file=towns),
        "dry_run_import: programmes": Sent({"kind": "programmes"}, form={"round": planned}, file=programmes),
        "apply_import": Sent({"kind": "towns"}, form=tried["towns"], file=towns),
        "apply_import: programmes": Sent(
            {"kind": "programmes"}, form={"round": planned, **tried["programmes"]}, file=programmes
        ),
        "plan_programme": Sent(json=plan),
        "settle_seats": Sent({"programme": programme}, settlement),
        "report_classes": Sent({"school": "s1", "round_id": stage.round("within")}, {"classes": [CLASS]}),
        "list_classes": Sent({"school": "s1", "round_id": stage.round("within")}),
        **_prospectuses(stage),
    }


def _prospectuses(stage: Stage) -> dict[str, Sent]:
    of_school = {"school": stage.kindergarten}
    return {
        "list_prospectuses": Sent({"bureau": stage.bureau}, query={"year": "2026"}),
        "file_prospectus": Sent(of_school, asdict(FILING)),
        "list_filings": Sent(of_school),
        "publish_prospectus": Sent({"prospectus_id": stage.objects["prospectus"]}),
    }


def _applications(stage: Stage) -> dict[str, Sent]:
    mine = {"application_id": stage.objects["application"]}
    check = {"application": str(stage.objects["application"]), "kind": "home", "event": "confirm"}
    office = {"organisation": stage.asked_office()}
    answer = {"referral": str(stage.objects["referral"]), "event": "confirm"}
    deferral = {"deferral_id": stage.objects["deferral"]}
    reason = {"reason": REASON}
    ruleset = {"ruleset_id": stage.ruleset_id("second")}
    of_2026 = {"year": "2026"}
    return {
        "submit_application": _round(
            stage, "open", filled("虚构儿童丁"), headers={"Idempotency-Key": f"key-{uuid7()}"}
        ),
        "save_draft": _round(stage, "open", filled("虚构儿童戊")),
        "withdraw_application": Sent(mine),
        "list_own_applications": Sent(),
        "read_application": Sent(mine),
        "list_applications": _round(stage, "open"),
        "check_evidence": _round(stage, "open", {"checks": [check]}),
        "confirm_leavers": _round(stage, "open"),
        "confirm_siblings": _round(stage, "open"),
        "ask_registers": _round(stage, "open"),
        "list_contradictions": _round(stage, "open"),
        "rule_on_contradiction": Sent({"check_id": stage.objects["contradiction"]}, {"event": "uphold", **reason}),
        "list_referrals": Sent(office),
        "unmask_referral": Sent({**office, "referral_id": stage.objects["referral"]}),
        "answer_referrals": Sent(office, {"answers": [answer]}),
        "request_deferral": Sent({"application_id": stage.objects["ranked application"]}, CERTIFICATE),
        "withdraw_deferral": Sent(deferral),
        "list_deferrals": Sent({"organisation": stage.bureau}),
        "unmask_deferral": Sent(deferral),
        "decide_deferral": Sent(deferral, {"event": "approve"}),
        "dry_run_leavers": Sent(form=of_2026, file=LEAVERS),
        "apply_leavers": Sent(form={**of_2026, "digest": stage.digests["leavers"]}, file=LEAVERS),
        "count_leavers": Sent(of_2026),
        "list_missing_leavers": Sent(of_2026),
        **intake_calls(stage),
        "account_for_leaver": Sent({"leaver_id": stage.objects["leaver"]}, {"whereabouts": "moved_away"}),
        "propose_refusal": Sent({"application_id": stage.objects["application"]}, reason),
        "confirm_refusal": Sent({"application_id": stage.objects["refused application"]}, reason),
        "uphold_claim": Sent({"application_id": stage.objects["application of claimant"]}),
        "propose_override": Sent(mine, reason),
        "approve_override": _act(stage, "override", **reason),
        "upload_ruleset": Sent(json={"text": stage.ruleset_text("third")}),
        "list_rulesets": Sent({"bureau": stage.bureau}),
        "propose_ruleset_activation": Sent(ruleset),
        "activate_ruleset": _act(stage, "activation"),
        "replay_round": _round(stage, "open", query={"ruleset": "primary-2026"}),
    }


def _documents(stage: Stage) -> dict[str, Sent]:
    document = {"document_id": stage.objects["document"]}
    mine = {"application_id": stage.objects["application"]}
    return {
        "upload_document": Sent(mine, headers={"Idempotency-Key": f"key-{uuid7()}"}, file=PICTURE),
        "list_documents": Sent(mine),
        "read_document": Sent(document),
        "show_document": Sent(document, {"school": "s1"}),
        "take_back_document": Sent(document),
    }


def _casework(stage: Stage) -> dict[str, Sent]:
    mine, hold = {"application_id": stage.objects["application"]}, {"hold_id": stage.objects["hold"]}
    look = {"site_check_id": stage.objects["site check"]}
    seen = {"done_on": "2026-06-12", "originals": {"home": "seen"}}
    return {
        "read_case": Sent(mine),
        "request_correction": Sent(
            {"application_id": stage.objects["closed application"]},
            {"form": corrected("虚构儿童辛"), "why": REASON},
        ),
        "decide_correction": Sent(
            {"correction_id": stage.objects["correction"]}, {"accepted": False, "answer": REASON}
        ),
        "ask_school": Sent(mine, {"school": "s2", "task": "visit"}),
        "list_site_checks": Sent({"school": stage.kindergarten}),
        "unmask_site_check": Sent(look),
        "record_site_check": Sent(look, seen),
        "list_casework": _round(stage, "open"),
        "count_casework": _round(stage, "open"),
        "take_case": Sent({**mine, "work": "evidence"}),
        "give_back_case": Sent(hold),
        "hand_over_case": Sent(hold, {"officer": str(stage.county.world.staff["casework-2"].person)}),
    }


def corrected(name: str) -> dict[str, Any]:
    """As `filled`, without wishes, and living elsewhere."""
    return {**filled(name), "preferences": [], "residence_community": "c2"}


def _invitations(stage: Stage) -> dict[str, Sent]:
    source, file = {"source": "births"}, births(UNINVITED)
    one = {"organisation": "t1", "invitation_id": stage.objects["invitation"]}
    attempt = {"way": "visit", "result": "promised", "made_on": "2026-05-20"}
    of_bureau, year = {"organisation": stage.bureau}, {"year": "2026"}
    return {
        "dry_run_expected_children": Sent(source, file=file),
        "apply_expected_children": Sent(source, form={"digest": stage.digests["expected"]}, file=file),
        "list_like_pairs": Sent(),
        "settle_like_pair": Sent({"pair_id": stage.objects["pair"]}, {"verdict": "different"}),
        "draw_up_invitations": _round(stage, "open"),
        "count_invitations": Sent(year),
        "list_invitations": Sent(of_bureau, query=year),
        "print_invitations": Sent(of_bureau, query={**year, "community": "c1"}),
        "unmask_invitation": Sent(one),
        "record_attempt": Sent(one, attempt),
        "explain_invitation": Sent(one, {"event": "move_away"}),
        "open_own_invitations": Sent(json={}),
        "confirm_invitation": Sent(
            {"invitation_id": stage.objects["invitation"]},
            filled(INVITED),
            headers={"Idempotency-Key": f"key-{uuid7()}"},
        ),
    }


def _rounds(stage: Stage) -> dict[str, Sent]:
    bundled = {"round_id": stage.round("finalising"), "application_id": stage.objects["bundled application"]}
    ranked = {"round_id": stage.round("ranked"), "application_id": stage.objects["ranked application"]}
    result = {"source": "runs", "number": 1, "name": "placements.csv"}
    return {
        "list_rounds": Sent({"bureau": stage.bureau}),
        "read_round": _public(stage, "published"),
        "read_round: still planned": _public(stage, "planned"),
        "list_round_documents": _public(stage, "published"),
        "list_round_documents: still planned": _public(stage, "planned"),
        "list_choices": Sent({"bureau": stage.bureau, "round_id": stage.round("published")}, query={"community": "c1"}),
        "list_choices: still planned": Sent(
            {"bureau": stage.bureau, "round_id": stage.round("planned")}, query={"community": "c1"}
        ),
        "read_ranking": _public(stage, "ranked"),
        "list_round_files": _public(stage, "finalising"),
        "read_round_file": _public(stage, "finalising", **result),
        "read_round_file: not yet published": _public(stage, "verified", **result),
        "read_masked_name": Sent(ranked),
        "read_family_proof": Sent(bundled),
        "read_explanation": Sent(bundled),
        "file_objection": Sent({"application_id": ranked["application_id"]}, {"words": WORDS}),
        "list_public_departures": _public(stage, "finalising"),
        "list_own_departures": Sent(),
        "list_own_objections": Sent(),
        "read_objection": Sent({"objection_id": stage.objects["objection"]}),
        "list_departures": _round(stage, "frozen"),
        "list_objections": _round(stage, "ranked"),
        "decide_objection": Sent({"objection_id": stage.objects["objection"]}, {"upheld": False, "answer": REASON}),
    }


def _office(stage: Stage) -> dict[str, Sent]:
    reason, far = {"reason": REASON}, "2099-01-01T00:00:00+08:00"
    text = {"text_zh": "虚构内容", "text_en": "fictitious"}
    plan = {
        "code": f"{stage.bureau}-new",
        "stage": "primary",
        "year": 2026,
        "title_zh": "虚构",
        "title_en": "Fictitious",
    }
    plan |= {
        "ruleset": "primary-2026",
        "as_of": "2026-05-31",
        "opens_at": "2098-01-01T00:00:00+08:00",
        "closes_at": far,
    }
    return {
        "plan_round": Sent(json=plan),
        "put_round_document": Sent({"round_id": stage.round("planned"), "kind": "rules"}, text),
        "publish_round": _round(stage, "planned"),
        "open_round": _round(stage, "published"),
        "close_round": _round(stage, "closing"),
        "propose_extension": _round(stage, "closing", {"closes_at": far, **reason}),
        "extend_round": _act(stage, "extension"),
        "rank_round": _round(stage, "closed"),
        "rectify_round": _round(stage, "ranked"),
        "bring_forward": _round(stage, "published", {"deadline": "closes_at"}),
        "freeze_round": _round(stage, "freezing", {"draw_name": "Fictitious draw", "draw_at": far}),
        "unfreeze_round": _round(stage, "frozen", reason),
        "propose_draw": _round(stage, "drawing", {"value": "4-0-7"}),
        "enter_draw": _act(stage, "draw"),
        "request_run": _round(stage, "drawn", reason),
        "request_run: again": _round(stage, "verified", reason, query={"again": True}),
        "list_runs": _round(stage, "verified"),
        "propose_approval": _round(stage, "verified"),
        "approve_result": _act(stage, "approval"),
        "propose_annulment": _round(stage, "finalising", reason),
        "conclude_round": _round(stage, "answered"),
    }


def _offers(stage: Stage) -> dict[str, Sent]:
    final, answered = stage.objects["final offer of guardian"], stage.objects["answered offer of guardian"]
    arrived = {"reports": [{"offer": str(answered), "report": "report_arrived"}]}
    return {
        "report_to_platform": _round(stage, "open"),
        "publish_proposed_list": _round(stage, "approved"),
        "finalise_list": _round(stage, "finalising"),
        "end_answers": _round(stage, "ending"),
        "annul_round": _act(stage, "annulment"),
        "begin_later_pass": _round(stage, "answered"),
        "list_own_offers": Sent(),
        "read_offer": Sent({"offer_id": final}),
        "answer_offer": Sent({"offer_id": final}, {"answer": "accept"}),
        "list_school_offers": Sent({"school": "s1", "round_id": stage.round("final")}),
        "report_arrivals": Sent({"school": "s1"}, arrived),
        "propose_withdrawal": Sent({"offer_id": answered}, {"reason": REASON}),
        "withdraw_offer": _act(stage, "withdrawal", reason=REASON),
        "list_parted_twins": _round(stage, "parted"),
        "propose_exception": _round(stage, "parted", stage.exception()),
        "admit_by_exception": _act(stage, "exception", reason=REASON),
        "propose_redress": _round(stage, "parted", {**stage.exception(), "ground": "checked_in_error"}),
        "give_redress": _act(stage, "redress", reason=REASON),
        **_late(stage),
    }


def _late(stage: Stage) -> dict[str, Sent]:
    plan = {"code": f"{stage.bureau}-late", "title_zh": "虚构补录", "title_en": "Fictitious late round"}
    plan |= {"ruleset": "primary-2026", "as_of": "2026-05-31", "digest": stage.digests["left"]}
    plan |= {"opens_at": "2098-01-01T00:00:00+08:00", "closes_at": "2099-01-01T00:00:00+08:00"}
    return {
        "read_seats_left": _round(stage, "concluded"),
        "plan_late_round": _round(stage, "concluded", plan),
        "list_vacancies": _round(stage, "within"),
        "place_within_year": _round(stage, "within"),
        "list_overdue": _round(stage, "within", query={"days": "30"}),
        "read_placement": Sent({"offer_id": stage.objects["within offer of guardian"]}),
    }


def _messages(stage: Stage) -> dict[str, Sent]:
    told = {"message_id": stage.objects["message"]}
    return {
        "put_phone": Sent(json={"phone": "13800138000"}),
        "read_phone": Sent(),
        "list_own_messages": Sent(),
        "mark_message_read": Sent(told),
        "list_notices": Sent(query={"object": f"application:{stage.objects['application']}"}),
        "list_unreached": Sent(query={"hours": "0"}),
        "read_contact": Sent(told),
        "record_call": Sent(told, {"way": "phone"}),
    }


def _reports(stage: Stage) -> dict[str, Sent]:
    jobs: dict[str, UUID] = {"": stage.objects["job"], ": an allocation": stage.objects["allocation"]}
    return {
        **{
            operation: _round(stage, "answered")
            for operation in (
                "read_provision",
                "list_children_behind",
                "export_provision_csv",
                "export_provision_xlsx",
            )
        },
        **{operation: Sent({"year": 2026}) for operation in ("read_kindergarten_shares", "export_kindergarten_shares")},
        "read_journal": Sent(),
        "request_simulation": _round(stage, "answered", {"draws": 1, "reason": REASON}),
        "list_simulations": _round(stage, "answered"),
        "read_simulation": Sent({"simulation_id": stage.objects["simulation"]}),
        "read_simulation: not yet published": Sent({"simulation_id": stage.objects["secret simulation"]}),
        "read_chances": Sent({"simulation_id": stage.objects["simulation"]}),
        **{f"{verb}_job{of}": Sent({"job": id_}) for verb in ("read", "requeue") for of, id_ in jobs.items()},
        "is_alive": Sent(),
        "is_ready": Sent(),
        "metrics": Sent(),
    }
