from tests.conftest import Api
from tests.world import World


async def test_a_family_signs_in_and_is_known_again(api: Api, world: World) -> None:
    headers = await api.sign_in(world.bureau, "parent-1")
    me = (await api.client.get("/me", headers=headers)).json()
    assert me["duties"] == [] and me["bureau"] == world.bureau
    api.tokens.clear()
    again = (await api.client.get("/me", headers=await api.sign_in(world.bureau, "parent-1"))).json()
    assert again["person"] == me["person"]


async def test_an_officer_has_its_duty_and_no_other(api: Api, world: World) -> None:
    me = (await api.client.get("/me", headers=await api.sign_in(world.bureau, "casework"))).json()
    assert me["duties"] == ["casework"] and me["organisations"] == [world.bureau]


async def test_signing_out_ends_the_token_at_once(api: Api, world: World) -> None:
    headers = await api.sign_in(world.bureau, "parent-2")
    assert (await api.client.delete("/sessions/current", headers=headers)).status_code == 204
    answer = await api.client.get("/me", headers=headers)
    assert answer.status_code == 401 and answer.json()["code"] == "access.signed_out"


async def test_nobody_signs_in_to_a_bureau_that_is_not_served(api: Api) -> None:
    answer = await api.client.post("/sessions", json={"bureau": "110000", "assertion": "parent-1"})
    assert answer.status_code == 401 and answer.json()["code"] == "access.unknown_account"


async def test_a_wrong_field_is_named_and_its_value_is_not_repeated(api: Api) -> None:
    answer = await api.client.post("/sessions", json={"bureau": "33042499", "assertion": "PLANTED-VALUE"})
    assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == "body.bureau"
    assert "PLANTED-VALUE" not in answer.text and "33042499" not in answer.text
