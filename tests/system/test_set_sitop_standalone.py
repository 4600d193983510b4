#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Control of a SITOP by the standalone agent."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap  # noqa: E402
import test_set_sitop  # noqa: E402


class Control(test_set_sitop.Control):
    STANDALONE = True


if __name__ == '__main__':
    tap.main()
