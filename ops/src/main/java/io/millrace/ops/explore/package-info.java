/** Looks into what was learned, for the live page: a map, neighbors, views, visual words. */
@NullMarked
package io.millrace.ops.explore;

import org.jspecify.annotations.NullMarked;
