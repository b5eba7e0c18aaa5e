package io.millrace.learner.torch;

import io.millrace.learner.testing.EverySuiteConformance;

class TorchSuitesTest extends EverySuiteConformance {}
