/** Claims: images that a record names instead of carrying, and how they are fetched. */
@NullMarked
package io.millrace.ingest.claim;

import org.jspecify.annotations.NullMarked;
