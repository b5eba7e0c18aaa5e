/**
 * The serving role's topics: releases and accepted images in, embeddings and refresh records out.
 */
@NullMarked
package io.millrace.serving.kafka;

import org.jspecify.annotations.NullMarked;
