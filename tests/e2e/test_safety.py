"""The owner restores a backup in the browser, and everybody reads on every page what happened."""

from pathlib import Path

from playwright.async_api import Browser, expect

from tests.appliance import Appliance
from tests.e2e.watch import Watch


async def test_the_owner_makes_and_restores_a_backup(browser: Browser, watch: Watch, tmp_path: Path) -> None:
    house = Appliance(tmp_path / "home", ONDOL_ENGINE__CALIBRATE="false")
    try:
        house.start()
        context = await browser.new_context(
            base_url=house.url, locale="ko-KR", viewport={"width": 390, "height": 844}, service_workers="block"
        )
        page = await context.new_page()
        await page.goto("/")
        await page.get_by_role("textbox", name="이름").fill("민수")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("textbox", name="메시지")).to_be_visible()
        await page.goto("/status")
        await page.get_by_role("button", name="지금 백업").click()
        await expect(page.get_by_role("link", name="백업 내려받기")).to_be_visible()
        async with page.expect_download() as download:
            await page.get_by_role("link", name="백업 내려받기").click()
        file = tmp_path / "backup.zip"
        await (await download.value).save_as(file)
        watch.expect(
            r"net::ERR_(CONNECTION|EMPTY|INCOMPLETE|SOCKET)|WebSocket connection to|status of 50\d"
        )  # the house restarts
        await page.get_by_label("파일에서 되돌리기").last.set_input_files(file)
        await expect(page.get_by_role("dialog")).to_contain_text("사람 1명")
        await page.screenshot(path=tmp_path / "restore-ko.png")
        await page.get_by_role("button", name="되돌리고 다시 시작").click()
        await expect(page.get_by_text("백업으로 되돌렸습니다")).to_be_visible(timeout=40_000)
        await page.get_by_role("button", name="닫기").first.click()
        await expect(page.get_by_text("백업으로 되돌렸습니다")).to_have_count(0)
        await context.close()
    finally:
        house.stop()
