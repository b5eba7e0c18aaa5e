/** What the conformance suites share; in the test jar, for engine modules. */
@NullMarked
package io.millrace.learner.testing;

import org.jspecify.annotations.NullMarked;
