/** Compares the libraries of a build with a copy of the public reports of vulnerabilities. */
@NullMarked
package io.millrace.learner.bench.reports;

import org.jspecify.annotations.NullMarked;
