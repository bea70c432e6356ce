"""The documents: dropped anywhere with their folder, followed live, found with the reasons, deleted and taken back."""

import re

from playwright.async_api import FilePayload, Page, expect

from tests.e2e.test_page import log_in

DROP = """([name, text]) => {
  const transfer = new DataTransfer()
  transfer.items.add(new File([text], name, { type: 'text/plain' }))
  const send = (type) => document.querySelector('h1').dispatchEvent(
    new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer }))
  send('dragenter')
  window.letGo = () => send('drop')
}"""


async def test_files_are_dropped_anywhere_found_with_reasons_and_taken_back(page: Page) -> None:
    await log_in(page, "librarian")
    await page.goto("/library")
    await expect(page.get_by_role("heading", name="No documents yet")).to_be_visible()
    await page.evaluate(DROP, ["orchard.txt", "The pear trees of the orchard are pruned in February by Ilse Varga.\n"])
    await expect(page.get_by_text("Let go to add the files")).to_be_visible()
    await page.evaluate("window.letGo()")
    await expect(page.get_by_text("Let go to add the files")).to_have_count(0)
    row = page.get_by_role("listitem").filter(has_text="orchard.txt")
    await expect(row).to_contain_text("Ready", timeout=30_000)

    beans: FilePayload = {"name": "beans.txt", "mimeType": "text/plain", "buffer": b"Beans in May.\n"}
    made = await page.request.post("/api/rag/documents/", multipart={"path": "garden/beds", "file": beans})
    assert made.status == 201
    await page.get_by_role("combobox", name="Folder").click()
    await page.get_by_role("option", name="garden (1)").click()
    await expect(page.get_by_role("listitem").filter(has_text="beans.txt")).to_be_visible()
    await expect(row).to_have_count(0)
    await page.get_by_role("combobox", name="Folder").click()
    await page.get_by_role("option", name="All folders").click()

    await page.get_by_role("searchbox", name="Search in documents").fill("Who prunes the pear trees?")
    found = page.get_by_role("article").first
    await expect(found).to_contain_text("Ilse Varga")
    await expect(found).to_contain_text(re.compile(r"words \d+\.\d · meaning 0\.\d\d · together [01]\.\d\d"))
    await page.get_by_role("searchbox", name="Search in documents").fill("")

    await page.get_by_role("button", name="Delete orchard.txt").click()
    await expect(row).to_have_count(0)
    await page.get_by_role("button", name="Undo").click()
    await expect(row).to_be_visible()
