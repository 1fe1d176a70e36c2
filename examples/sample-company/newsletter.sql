-- The tables of the newsletter.
CREATE TABLE sendings (
    id INTEGER PRIMARY KEY,
    sent_on DATE NOT NULL,
    subject TEXT NOT NULL
);

CREATE TABLE subscribers (
    id INTEGER PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT,
    language TEXT NOT NULL,
    subscribed_on DATE NOT NULL,
    consent TEXT NOT NULL,
    muted INTEGER NOT NULL -- 1: no letter is sent, whatever was agreed to
);

CREATE TABLE opens (
    subscriber_id INTEGER NOT NULL REFERENCES subscribers (id),
    sending_id INTEGER NOT NULL REFERENCES sendings (id),
    opened_at TIMESTAMP NOT NULL,
    PRIMARY KEY (subscriber_id, sending_id)
);

