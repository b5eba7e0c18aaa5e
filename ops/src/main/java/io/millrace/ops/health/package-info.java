/** What would fail now, by component: liveness, readiness and what people read. */
@NullMarked
package io.millrace.ops.health;

import org.jspecify.annotations.NullMarked;
