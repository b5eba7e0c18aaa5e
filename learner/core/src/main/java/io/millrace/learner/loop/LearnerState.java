package io.millrace.learner.loop;

/**
 * Where a learner is in its life.
 *
 * <pre>
 *  STARTING ──▶ RESTORING ──▶ LEARNING ◀──▶ IDLE
 *      │            │            │   │       │
 *      │            │            │   ▼       ▼
 *      │            │            │  DRAINING ──▶ CLOSED
 *      ▼            ▼            ▼      │
 *      └────────────┴──▶ FAILED ◀┴──────┘
 * </pre>
 *
 * STARTING takes the lease; RESTORING loads the latest valid checkpoint and seeks the feed;
 * LEARNING makes updates; IDLE waits for images with nothing to do; DRAINING saves the last
 * checkpoint.
 */
public enum LearnerState {
  STARTING,
  RESTORING,
  LEARNING,
  IDLE,
  DRAINING,
  CLOSED,
  FAILED
}
