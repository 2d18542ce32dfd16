-- The messages in one state, the latest first.
CREATE INDEX messages_in_state ON messages (state, number);

-- Messages that nobody sends any more, or not for the time being, by since when: what is deleted
-- once it is old enough.
CREATE INDEX messages_at_rest ON messages (due) WHERE state <> 'waiting';

-- What is to be sent to each receiver, the earliest first: no backlog of one stands before another's.
CREATE INDEX messages_due_of_receiver ON messages (receiver, due) WHERE state = 'waiting';
