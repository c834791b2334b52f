"""Members on the page of the project, and the page of operators; each change has a confirmation."""

import re
import uuid

from playwright.sync_api import Page, expect

from tests.e2e.console.conftest import Open, Shot
from tests.e2e.stack import Caller, Stack


def test_admin_invites_changes_a_role_and_removes_a_member(open_console: Open, stack: Stack, shot: Shot) -> None:
    project, email = f"m-{uuid.uuid4().hex[:8]}", f"ann-{uuid.uuid4().hex[:6]}@example.org"
    admin = stack.caller(f"{project}:admin")
    page = open_console(admin, f"p/{project}/settings")
    members = page.get_by_role("list", name="Members")
    expect(members.get_by_role("listitem")).to_have_count(1)
    page.get_by_role("button", name="Invite", exact=True).click()
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("button", name=re.compile("Role")).last.click()
    page.get_by_role("option", name="Editor").click()
    shot(page, "members-invite")
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text(f"{email} was sent an invitation.")).to_be_visible()
    ann = members.get_by_role("listitem").filter(has_text=email)
    expect(ann).to_contain_text("Invited")
    shot(page, "members")

    page.get_by_role("button", name=re.compile(f"Role of {email}")).click()
    page.get_by_role("option", name="Viewer").click()
    page.get_by_role("button", name="Change the role").click()
    expect(ann.get_by_role("button", name=re.compile("Viewer"))).to_be_visible()
    found = admin.call("GET", f"/v1/projects/{project}/members").json()["items"]
    assert {each["role"] for each in found if each["email"] == email} == {"viewer"}

    _refuse_to_go(page, shot)
    ann.get_by_role("button", name=f"Remove {email}").click()
    shot(page, "members-remove")
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(ann).to_have_count(0)


def _refuse_to_go(page: Page, shot: Shot) -> None:
    """The last admin is told why the role stays."""
    page.get_by_role("list", name="Members").get_by_role("listitem").first.get_by_role("button").last.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Remove").click()
    expect(dialog.get_by_role("alert")).to_contain_text("last admin")
    shot(page, "members-last-admin")
    dialog.get_by_role("button", name="Cancel").click()


def test_operator_creates_a_project_and_finds_the_way_to_its_members(
    open_console: Open, stack: Stack, shot: Shot
) -> None:
    project, boss = f"n-{uuid.uuid4().hex[:8]}", f"boss-{uuid.uuid4().hex[:6]}@example.org"
    page = open_console(_operator_with_role_in(stack, project), "")
    page.get_by_role("button", name="New project").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("My Zoo")
    expect(dialog).to_contain_text("Use small letters, digits and hyphens")
    expect(dialog.get_by_role("button", name="Create the project")).to_be_disabled()
    shot(page, "project-wrong-name")
    dialog.get_by_label("Name").fill(project)
    dialog.get_by_label("E-mail address").fill(boss)
    shot(page, "project-new")
    dialog.get_by_role("button", name="Create the project").click()
    expect(dialog).to_contain_text(f"The project {project} is there")
    shot(page, "project-created")
    dialog.get_by_role("link", name="Invite members").click()
    member = page.get_by_role("list", name="Members").get_by_role("listitem").filter(has_text=boss)
    expect(member).to_contain_text("Invited")
    expect(page.get_by_role("button", name="Invite", exact=True)).to_be_visible()

    again = open_console(stack.caller("foveal:operator"), "")
    again.get_by_role("button", name="New project").click()
    again.get_by_label("Name").fill(project)
    again.get_by_label("E-mail address").fill(boss)
    again.get_by_role("button", name="Create the project").click()
    expect(again.get_by_role("alert")).to_contain_text("exists already")
    shot(again, "project-exists")


def _operator_with_role_in(stack: Stack, project: str) -> Caller:
    """Return an operator whose token opens a project that nobody is in yet, as after a renewal of the token."""
    caller, pool = stack.caller("foveal:operator", f"{project}:admin"), stack.values["user_pool_id"]
    cognito = stack.aws("cognito-idp")
    for user in cognito.list_users_in_group(UserPoolId=pool, GroupName=f"{project}:admin")["Users"]:
        cognito.admin_remove_user_from_group(UserPoolId=pool, Username=user["Username"], GroupName=f"{project}:admin")
    return caller


def test_operator_sees_queues_moves_dead_letters_back_and_compares_the_bucket(
    open_console: Open, stack: Stack, shot: Shot
) -> None:
    sqs, dead = stack.aws("sqs"), stack.values["render_dead_letter_queue_url"]
    sqs.purge_queue(QueueUrl=dead)
    sqs.send_message(QueueUrl=dead, MessageBody='{"detail": {"asset_id": "01999999-0000-7000-8000-000000000000"}}')
    operator, outsider = stack.caller("foveal:operator", "demo:viewer"), stack.caller("demo:admin")
    page = open_console(operator, "operations")
    render = page.get_by_role("list", name="Queues").get_by_role("listitem").filter(has_text="Render")
    expect(render).to_contain_text("1 dead letter")
    shot(page, "operations")
    render.get_by_role("button", name="Move back").click()
    shot(page, "operations-redrive")
    page.get_by_role("button", name="Move them back").click()
    expect(render).to_contain_text("No dead letters")

    page.get_by_label("Project", exact=True).fill("demo")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_text(re.compile("keys? compared"))).to_be_visible()
    shot(page, "operations-compared")
    refused = open_console(outsider, "operations")
    expect(refused.get_by_text("This page is for operators")).to_be_visible()
