"""Pictures of dashboards for the documentation, of the world that panels.py holds them against.

screenshots.py FOLDER REPOSITORY PICTURES, FOLDER being where fovea and traffic are; needs chromium-headless-shell, and is
run as panels.py is:

    sudo unshare --net --mount sh -c 'ip link set lo up && exec "$@"' sh python3 Tests/Deploy/screenshots.py \\
        .build/release . docs/pictures
"""

import json
import pathlib
import subprocess
import sys
import time

import observed
import pictures
import world

FOLDER, REPOSITORY, PICTURES = (pathlib.Path(path).resolve() for path in sys.argv[1:])
SECONDS = 120  # that are seen; before them there is as much as a rate is of
# What of each is shown, in rows of its grid: where a panel begins.
ROWS = {"cluster": range(31), "drops": range(33, 100), "services": range(100)}

if __name__ == "__main__":
    with world.World() as scene:
        observed.start(scene, FOLDER, REPOSITORY)
        time.sleep(SECONDS + 20)
        end = time.time()
        for name, rows in ROWS.items():
            dashboard = json.loads((REPOSITORY / f"deploy/chart/dashboards/{name}.json").read_text())
            text, height = pictures.page(dashboard, end - SECONDS, end, rows)
            file = scene.folder / f"{name}.html"
            file.write_text(text)
            subprocess.run(
                ["chromium-headless-shell", "--no-sandbox", "--hide-scrollbars", f"--window-size={pictures.WIDTH},{height}",
                 f"--user-data-dir={scene.folder}/chromium", f"--screenshot={PICTURES / name}.png", file.as_uri()],
                check=True, capture_output=True, timeout=60)
    sys.exit(world.failures > 0)
