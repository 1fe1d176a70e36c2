-- The tables of the shop, in the words that SQLite and PostgreSQL share. Amounts are in öre.
CREATE TABLE addresses (
    id INTEGER PRIMARY KEY,
    street TEXT NOT NULL,
    postcode TEXT NOT NULL,
    city TEXT NOT NULL,
    country TEXT NOT NULL
);

CREATE TABLE products (
    id INTEGER PRIMARY KEY,
    sku TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    price_ore INTEGER NOT NULL
);

CREATE TABLE customers (
    id INTEGER PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    email TEXT UNIQUE,
    name TEXT NOT NULL,
    phone TEXT,
    address_id INTEGER REFERENCES addresses (id),
    created_on DATE NOT NULL
);

CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    delivery_address_id INTEGER NOT NULL REFERENCES addresses (id),
    ordered_on DATE NOT NULL,
    status TEXT NOT NULL
);

CREATE TABLE order_lines (
    order_id INTEGER NOT NULL REFERENCES orders (id),
    line INTEGER NOT NULL,
    product_id INTEGER NOT NULL REFERENCES products (id),
    words TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    price_ore INTEGER NOT NULL,
    PRIMARY KEY (order_id, line)
);

CREATE TABLE invoices (
    id INTEGER PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    order_number TEXT NOT NULL,
    invoiced_on DATE NOT NULL,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    total_ore INTEGER NOT NULL
);

CREATE TABLE invoice_lines (
    invoice_id INTEGER NOT NULL REFERENCES invoices (id),
    line INTEGER NOT NULL,
    booked_on DATE NOT NULL,
    words TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    amount_ore INTEGER NOT NULL,
    PRIMARY KEY (invoice_id, line)
);

CREATE TABLE support_tickets (
    id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    opened_on DATE NOT NULL,
    subject TEXT NOT NULL,
    status TEXT NOT NULL
);

CREATE TABLE ticket_messages (
    id INTEGER PRIMARY KEY,
    ticket_id INTEGER NOT NULL REFERENCES support_tickets (id),
    author TEXT NOT NULL,
    sent_at TIMESTAMP NOT NULL,
    body TEXT NOT NULL
);

CREATE TABLE logins (
    id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    signed_in_at TIMESTAMP NOT NULL,
    ip_address TEXT NOT NULL,
    browser TEXT NOT NULL
);

CREATE INDEX customers_by_address ON customers (address_id);
CREATE INDEX orders_by_customer ON orders (customer_id);
CREATE INDEX orders_by_address ON orders (delivery_address_id);
CREATE INDEX invoices_by_customer ON invoices (customer_id);
CREATE INDEX tickets_by_customer ON support_tickets (customer_id);
CREATE INDEX messages_by_ticket ON ticket_messages (ticket_id);
CREATE INDEX logins_by_customer ON logins (customer_id);
