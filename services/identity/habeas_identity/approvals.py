"""An approver's yes to exactly one plan, signed so that nobody else can say it."""

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from habeas.clock import uuid7
from habeas.errors import Refused
from habeas.events import ApprovalGiven
from habeas.roles import AgentRole
from habeas.warrants import issue_approval
from habeas.work.transaction import Transaction
from habeas_identity.models import Agent, GivenApproval, Vouch


def approve_plan(tx: Transaction, agent: str, case: str, digest: str, *, method: str) -> bool:
    """Sign a person's approval of a plan and tell it; False if this person has approved this plan before.

    `method` is by what the agent has just shown who they are.

    Whether the digest is that of the plan is for fulfilment to say, which has frozen it.
    """
    approver = tx.session.get_one(Agent, agent, with_for_update=True, populate_existing=True)
    if approver.disabled_at is not None or AgentRole.APPROVER not in approver.roles:
        raise Refused("only an approver may approve")
    vouched = select(Vouch.id).where(Vouch.case == case, Vouch.person == approver.person)
    if tx.session.scalars(vouched).first() is not None:
        raise Refused("whoever vouched for the person of a case approves none of its plans")
    approval = uuid7()
    insert = sqlite.insert if tx.session.get_bind().dialect.name == "sqlite" else postgresql.insert
    row = {
        "id": approval,
        "case": case,
        "digest": digest,
        "agent": agent,
        "person": approver.person,
        "given_at": tx.now,
    }
    # Two accounts of one person at once: the second insert waits for the first, and then finds the place taken.
    done = tx.session.execute(insert(GivenApproval).values(row).on_conflict_do_nothing().returning(GivenApproval.id))
    if done.first() is None:
        return False
    signed = issue_approval(
        tx.context.keys.signer("identity"),
        case=case,
        plan=digest,
        agent=approver.person,
        role=AgentRole.APPROVER.value,
        id=approval,
        now=tx.now,
    )
    tx.record("approval.given", case, plan=digest, agent=agent, method=method, approval=approval)
    tx.say(ApprovalGiven(case=case, digest=digest, agent=agent, approval=signed.to_object()))
    return True


def has_approved(tx: Transaction, person: str, digest: str) -> bool:
    """Say whether this person has approved this plan, by whichever account."""
    chosen = select(GivenApproval.id).where(GivenApproval.person == person, GivenApproval.digest == digest)
    return tx.session.scalars(chosen).first() is not None
