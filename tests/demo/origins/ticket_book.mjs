// The tickets of the demo's help desk, in memory: every run begins with the same three.

const STATUSES = ["open", "closed"];

export class TicketBook {
  #tickets = new Map();
  #last = 0;

  constructor() {
    this.open("The export ends after the second page", "mailbox");
    this.open("The invoice shows the address before last", "mailbox");
    this.open("Test, please ignore", "mailbox");
  }

  // The tickets of one status, or all, oldest first.
  list(status) {
    if (status !== undefined && !STATUSES.includes(status)) throw new Error(`no such status \`${status}\``);
    return [...this.#tickets.values()].filter((ticket) => status === undefined || ticket.status === status);
  }

  open(subject, openedBy) {
    const ticket = { id: `T-${++this.#last}`, subject, status: "open", opened_by: openedBy };
    this.#tickets.set(ticket.id, ticket);
    return ticket;
  }

  // Undefined when there is no such open ticket.
  close(id, answer, closedBy) {
    const ticket = this.#tickets.get(id);
    if (ticket?.status !== "open") return undefined;
    return Object.assign(ticket, { status: "closed", answer, closed_by: closedBy });
  }

  // True when the ticket was there. Its number is never given again.
  delete(id) {
    return this.#tickets.delete(id);
  }
}
