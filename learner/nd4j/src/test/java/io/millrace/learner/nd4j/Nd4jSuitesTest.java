package io.millrace.learner.nd4j;

import io.millrace.learner.testing.EverySuiteConformance;

class Nd4jSuitesTest extends EverySuiteConformance {}
