/// From prompts to judged rollouts: seeds, requests to engines, the record on disk.
@NullMarked
package rl.ballast.trainer.rollouts;

import org.jspecify.annotations.NullMarked;
