package rl.ballast.rollout.cache;

/// The blocks that nobody uses, as a doubly linked list over arrays: taken from the front, so the front holds
/// what is worth least.
final class FreeBlocks {
    private static final int NONE = -1;

    private final int[] before;
    private final int[] after;
    private final boolean[] member;
    private int front = NONE;
    private int back = NONE;
    private int size;

    FreeBlocks(int blocks) {
        before = new int[blocks];
        after = new int[blocks];
        member = new boolean[blocks];
    }

    int size() {
        return size;
    }

    boolean contains(int block) {
        return member[block];
    }

    void addFront(int block) {
        enter(block);
        before[block] = NONE;
        after[block] = front;
        if (front == NONE) {
            back = block;
        } else {
            before[front] = block;
        }
        front = block;
    }

    void addBack(int block) {
        enter(block);
        after[block] = NONE;
        before[block] = back;
        if (back == NONE) {
            front = block;
        } else {
            after[back] = block;
        }
        back = block;
    }

    int takeFront() {
        if (front == NONE) {
            throw new IllegalStateException("no free block");
        }
        int block = front;
        remove(block);
        return block;
    }

    void remove(int block) {
        if (!member[block]) {
            throw new IllegalStateException("block %d is not free".formatted(block));
        }
        member[block] = false;
        size--;
        if (before[block] == NONE) {
            front = after[block];
        } else {
            after[before[block]] = after[block];
        }
        if (after[block] == NONE) {
            back = before[block];
        } else {
            before[after[block]] = before[block];
        }
    }

    private void enter(int block) {
        if (member[block]) {
            throw new IllegalStateException("block %d is free already".formatted(block));
        }
        member[block] = true;
        size++;
    }
}
