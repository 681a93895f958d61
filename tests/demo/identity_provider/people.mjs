// The people of the demo. Any password is theirs; a person who is disabled can neither sign in nor get new tokens.

const PEOPLE = {
  alice: { name: "Alice", groups: ["support"] },
  bob: { name: "Bob", groups: ["support"] },
  dave: { name: "Dave", groups: ["support"] },
  erin: { name: "Erin", groups: ["support"] },
  carol: { name: "Carol", groups: ["research"] },
};
const disabled = new Set();

export const NAMES = Object.keys(PEOPLE);
export const isPerson = (name) => Object.hasOwn(PEOPLE, name ?? "");

// The claims of a person; undefined for one who is unknown or disabled.
export function claimsOf(name) {
  if (!isPerson(name) || disabled.has(name)) return undefined;
  return { sub: name, email: `${name}@example.com`, email_verified: true, ...PEOPLE[name] };
}

export function setEnabled(name, enabled) {
  if (enabled) disabled.delete(name);
  else disabled.add(name);
  return { person: name, enabled };
}
