# SPDX-License-Identifier: BSD-2-Clause
"""A unittest runner that prints TAP, so that automake counts each test case.

At the end of a test program:  if __name__ == '__main__': tap.main()
"""

import sys
import time
import unittest


class Result(unittest.TestResult):
    """Prints one TAP line a test case; what went wrong follows as a comment."""

    def __init__(self, stream):
        super().__init__()
        self.out = stream
        self.number = 0

    def _line(self, ok, test, note='', detail=''):
        self.number += 1
        state = 'ok' if ok else 'not ok'
        print(f'{state} {self.number} - {test.id()}{note}', file=self.out)
        for line in detail.splitlines():
            print(f'#   {line}', file=self.out)
        self.out.flush()

    def addSuccess(self, test):
        super().addSuccess(test)
        self._line(True, test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._line(False, test, detail=self.failures[-1][1])

    def addError(self, test, err):
        super().addError(test, err)
        self._line(False, test, detail=self.errors[-1][1])

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._line(True, test, note=f' # SKIP {reason}')

    def addExpectedFailure(self, test, err):
        """A test that fails fails, announced or not."""
        self.addFailure(test, err)

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self._line(False, test, detail='succeeded, which was not expected')

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            source = self.failures if issubclass(err[0], test.failureException) else self.errors
            self._line(False, subtest, detail=source[-1][1])


def main(module='__main__'):
    """Runs all test cases of a module, or those named on the command line; exits 0 if all pass."""
    loader = unittest.TestLoader()
    if len(sys.argv) > 1:
        suite = loader.loadTestsFromNames(sys.argv[1:], sys.modules[module])
    else:
        suite = loader.loadTestsFromModule(sys.modules[module])
    result = Result(sys.stdout)
    begun = time.monotonic()
    suite.run(result)
    print(f'# {time.monotonic() - begun:.0f} s')
    # The plan may stand last; a program that dies before it prints none, which is an error.
    print(f'1..{result.number}', flush=True)
    sys.exit(0 if result.wasSuccessful() else 1)
