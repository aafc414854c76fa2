"""Guessing is stopped by what the database counts: the running exchange without anything in Valkey."""

import time

from pyotp.totp import TOTP
from redis.asyncio import Redis

from exchange.demo.actor import Actor
from exchange.demo.people import PASSWORD
from tests.scenarios.story import Story, code


async def test_ten_wrong_codes_lock_although_valkey_forgets_everything(story: Story) -> None:
    """FLUSHALL after each guess changes nothing: the eleventh code waits, although it is the right one."""
    owner = (await story.company("Khóa Mười Lần")).owner
    email = (await owner.get("/session"))["email"]
    totp = TOTP((await owner.post("/session/second-factor"))["key"].replace(" ", ""))
    step = int(time.time()) // 30
    await owner.post("/session/second-factor/confirm", {"password": PASSWORD, "code": totp.generate_otp(step)})
    guesser = Actor(story.live.stack.url, "guesser")
    valkey = Redis.from_url(story.live.stack.valkey.url)
    try:
        status, asked = await guesser.status("POST", "/session", {"email": email, "password": PASSWORD})
        assert (status, asked["code"]) == (401, "second-factor-required")
        answers: list[object] = []
        for _ in range(10):
            given = {"challenge": asked["data"]["challenge"], "code": "AAAA-BBBB-CCCC-DDDD"}
            answers.append(code(await guesser.status("POST", "/session/code", given)))
            await valkey.flushall()
        assert answers == [(422, "wrong-code")] * 10
        right = {"challenge": asked["data"]["challenge"], "code": totp.generate_otp(int(time.time()) // 30 + 1)}
        assert code(await guesser.status("POST", "/session/code", right)) == (429, "locked-out")
        assert (await owner.get("/session"))["email"] == email
    finally:
        await valkey.aclose()
        await guesser.close()
