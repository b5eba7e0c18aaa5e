/** A process that runs any of the roles, with meters, health and the live page around them. */
@NullMarked
package io.millrace.ops.node;

import org.jspecify.annotations.NullMarked;
