/** The meter catalog, and adapters from each module's metrics port to Micrometer. */
@NullMarked
package io.millrace.ops.metrics;

import org.jspecify.annotations.NullMarked;
