/** Runs and releases in MLflow, where one is configured. */
@NullMarked
package io.millrace.ops.tracking;

import org.jspecify.annotations.NullMarked;
