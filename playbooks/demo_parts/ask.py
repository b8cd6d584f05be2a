# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ask web servers, all at the same time, and print what they say.

Usage: ask.py URL[#ANSWER]...        fails unless all answer, each with ANSWER at the start
       ask.py --silence URL...       fails if one answers
"""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

PATIENCE = {True: 0.5, False: 5}


def ask(url, patience):
    """Return the answer, or None, and the reason for None."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=patience) as answer:
            return answer.read().decode(), None
    except urllib.error.URLError as error:
        return None, str(error.reason)
    except OSError as error:
        return None, str(error)


def main(arguments):
    silence = arguments[:1] == ["--silence"]
    wanted = [argument.partition("#")[::2] for argument in arguments[silence:]]
    with ThreadPoolExecutor(len(wanted)) as pool:
        answers = list(pool.map(lambda item: ask(item[0], PATIENCE[silence]), wanted))
    kept = True
    for (url, expected), (answer, reason) in zip(wanted, answers):
        print("%s %s" % (url.replace("http://", ""), "no answer: " + reason if answer is None else answer))
        kept = kept and (answer is None if silence else answer is not None and answer.startswith(expected))
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
