"""Who may do what, on one page. Takes attributes, not rows; row-level security stands behind it.

A caller who has no business with the object is told that it does not exist (404); one who may see it but not
do this is told so (403).
"""

from dataclasses import dataclass
from uuid import UUID

from app.actor import Actor
from app.errors import ServiceError

GUARDIAN, FAMILY, SCHOOL_OFFICE = "guardian", "family", "school_office"
VERIFIER, TOWN = "verifier", "town"
REGISTRAR, RULES, CASEWORK = "registrar", "rules", "casework"
ALLOCATION, APPROVAL, AUDITOR = "allocation", "approval", "auditor"
OFFICERS = (REGISTRAR, RULES, CASEWORK, ALLOCATION, APPROVAL)

# action: the roles that may do it, the first that fits is the one the journal names.
MAY: dict[str, tuple[str, ...]] = {
    "account.grant": (REGISTRAR,),
    "organisation.found": (REGISTRAR,),
    "act.read": (*OFFICERS, AUDITOR),
    "journal.read": (AUDITOR,),
    "job.read": (*OFFICERS, AUDITOR),
    "job.requeue": (ALLOCATION,),
    "ruleset.upload": (RULES,),
    "ruleset.propose": (RULES,),
    "ruleset.activate": (APPROVAL, RULES),
    "ruleset.replay": (RULES, CASEWORK),
    "school.import": (REGISTRAR,),
    "leaver.import": (REGISTRAR,),
    "leaver.count": (*OFFICERS, AUDITOR),
    "leaver.follow": (REGISTRAR, CASEWORK),
    "leaver.account": (CASEWORK, REGISTRAR),
    "invitation.import": (REGISTRAR,),
    "invitation.settle": (CASEWORK,),
    "invitation.draw_up": (CASEWORK,),
    "invitation.count": (*OFFICERS, AUDITOR),
    "invitation.list": (TOWN, CASEWORK, AUDITOR),
    "invitation.read": (TOWN, CASEWORK),
    "invitation.print": (TOWN, CASEWORK),
    "invitation.follow": (TOWN, CASEWORK),
    "invitation.open": (FAMILY,),
    "invitation.answer": (GUARDIAN,),
    "seat.settle": (CASEWORK,),
    "programme.plan": (RULES,),
    "class.report": (SCHOOL_OFFICE, REGISTRAR),
    "class.read": (SCHOOL_OFFICE, *OFFICERS, AUDITOR),
    "prospectus.file": (SCHOOL_OFFICE, REGISTRAR),
    "prospectus.read": (SCHOOL_OFFICE, *OFFICERS, AUDITOR),
    "prospectus.publish": (REGISTRAR,),
    "round.plan": (RULES,),
    "round.publish": (RULES,),
    "round.open": (RULES,),
    "round.close": (ALLOCATION,),
    "round.propose_extension": (RULES,),
    "round.extend": (APPROVAL,),
    "round.rank": (ALLOCATION,),
    "round.rectify": (CASEWORK, ALLOCATION),
    "round.freeze": (ALLOCATION,),
    "round.unfreeze": (ALLOCATION,),
    "round.propose_draw": (ALLOCATION,),
    "round.enter_draw": (APPROVAL,),
    "round.run": (ALLOCATION,),
    "round.propose_approval": (ALLOCATION,),
    "round.approve": (APPROVAL,),
    "round.propose_list": (ALLOCATION, APPROVAL),
    "round.propose_annulment": (ALLOCATION,),
    "round.annul": (APPROVAL,),
    "round.finalise": (ALLOCATION,),
    "round.end_answers": (ALLOCATION,),
    "round.later_pass": (ALLOCATION,),
    "round.conclude": (ALLOCATION,),
    "round.inspect": (ALLOCATION, APPROVAL),
    "departure.list": (CASEWORK, ALLOCATION, APPROVAL, AUDITOR),
    "round.prove": (GUARDIAN,),
    "round.explain": (GUARDIAN,),
    "round.bring_forward": (ALLOCATION, RULES),
    "application.start": (FAMILY,),
    "application.read": (GUARDIAN, CASEWORK, AUDITOR),
    "application.list": (CASEWORK, AUDITOR),
    "application.withdraw": (GUARDIAN,),
    "document.upload": (GUARDIAN, CASEWORK),
    "document.list": (GUARDIAN, CASEWORK, SCHOOL_OFFICE, AUDITOR),
    "document.read": (GUARDIAN, CASEWORK, SCHOOL_OFFICE),
    "document.show": (CASEWORK,),
    "document.take_back": (GUARDIAN,),
    "intake.register": (CASEWORK, TOWN),
    "intake.enter": (CASEWORK, TOWN),
    "intake.check": (CASEWORK, TOWN),
    "intake.settle": (CASEWORK, TOWN),
    "intake.list": (TOWN, CASEWORK, AUDITOR),
    "platform.import": (CASEWORK,),
    "platform.read": (CASEWORK, AUDITOR),
    "evidence.check": (CASEWORK,),
    "casework.list": (CASEWORK, AUDITOR),
    "casework.count": (CASEWORK, APPROVAL, AUDITOR),
    "casework.take": (CASEWORK,),
    "casework.give_back": (CASEWORK,),
    "casework.hand_over": (CASEWORK,),
    "site_check.ask": (CASEWORK,),
    "site_check.list": (SCHOOL_OFFICE, CASEWORK, AUDITOR),
    "site_check.record": (SCHOOL_OFFICE,),
    "correction.request": (GUARDIAN,),
    "correction.decide": (CASEWORK,),
    "case.read": (GUARDIAN, CASEWORK, AUDITOR),
    "claim.uphold": (CASEWORK,),
    "register.ask": (CASEWORK,),
    "contradiction.list": (CASEWORK, AUDITOR),
    "contradiction.rule": (CASEWORK,),
    "referral.list": (VERIFIER, TOWN, CASEWORK, AUDITOR),
    "referral.read": (VERIFIER, TOWN),
    "referral.answer": (VERIFIER, TOWN),
    "deferral.request": (GUARDIAN,),
    "deferral.withdraw": (GUARDIAN,),
    "deferral.list": (TOWN, CASEWORK, AUDITOR),
    "deferral.read": (TOWN, CASEWORK),
    "deferral.decide": (TOWN, CASEWORK),
    "decision.propose_refusal": (CASEWORK,),
    "decision.confirm_refusal": (CASEWORK,),
    "decision.propose_override": (CASEWORK,),
    "decision.override": (APPROVAL,),
    "objection.file": (GUARDIAN,),
    "objection.read": (GUARDIAN, CASEWORK, AUDITOR),
    "objection.list": (CASEWORK, AUDITOR),
    "objection.decide": (CASEWORK,),
    "offer.read": (GUARDIAN, CASEWORK, ALLOCATION, APPROVAL, AUDITOR),
    "offer.answer": (GUARDIAN,),
    "offer.report": (SCHOOL_OFFICE,),
    "offer.propose_withdrawal": (CASEWORK,),
    "offer.withdraw": (APPROVAL,),
    "exception.list": (ALLOCATION, APPROVAL),
    "exception.propose": (ALLOCATION,),
    "exception.approve": (APPROVAL,),
    "placement.place": (ALLOCATION,),
    "placement.list": (*OFFICERS, AUDITOR),
    "placement.follow": (CASEWORK, ALLOCATION, AUDITOR),
    "placement.read": (GUARDIAN, CASEWORK, ALLOCATION, AUDITOR),
    "redress.propose": (ALLOCATION,),
    "redress.approve": (APPROVAL,),
    "message.read": (GUARDIAN,),
    "message.follow": (CASEWORK, AUDITOR),
    "message.call": (CASEWORK,),
    "report.read": (*OFFICERS, AUDITOR),
    "report.children": (CASEWORK, AUDITOR),
    "simulation.request": (ALLOCATION,),
    "simulation.read": (*OFFICERS, AUDITOR),
    "simulation.chances": (ALLOCATION, APPROVAL),
}


@dataclass(frozen=True)
class Target:
    """What an object says about who may touch it; the empty target is the bureau itself. `offices` and `towns` are
    organisations that the object was referred to."""

    bureau: str
    guardians: tuple[UUID, ...] = ()
    schools: tuple[str, ...] = ()
    offices: tuple[str, ...] = ()
    towns: tuple[str, ...] = ()


def roles_towards(actor: Actor, target: Target) -> tuple[str, ...]:
    """Every role in which the actor stands to the target."""
    if actor.bureau != target.bureau:
        return ()
    if actor.person in target.guardians:
        # Nobody acts by office on a child of their own (Civil Servants Law, revised 2018, article 76: recusal).
        return (GUARDIAN,)
    roles = list(actor.duties)
    for role, concerned in ((SCHOOL_OFFICE, target.schools), (VERIFIER, target.offices), (TOWN, target.towns)):
        if any(organisation in actor.organisations for organisation in concerned):
            roles.append(role)
    if target == Target(target.bureau):
        roles.append(FAMILY)
    return tuple(roles)


def authorize(actor: Actor, action: str, target: Target) -> Actor:
    """The actor, acting in the role that permits this; raises `access.not_found` or `access.forbidden`."""
    held = roles_towards(actor, target)
    for role in MAY[action]:
        if role in held:
            return actor.acting_as(role)
    raise ServiceError("access.forbidden" if held else "access.not_found", action=action)
