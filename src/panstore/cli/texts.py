"""What `--help` says of each command; kept apart so that the list needs no command imported."""

__all__ = ["ABOUT", "COMMANDS", "GROUPS", "MEANT"]

ABOUT = """Keeps web shops and an ERP in step: stock, prices and orders, exactly once.

Exit codes: 0 fine, 1 trouble, 2 something waits (changes to be written, or a person's word), \
64 the command was not understood.
"""

COMMANDS = {
    "init": """Write a commented settings file to start from.

It is written where --config points. Exit code 1 if the file is there already.
""",
    "check": """Ask every connection whether all it needs is there.

Logs in to every system of the settings file and looks at what the connection needs: version, \
companion, rights, warehouses. Nothing is written. Exit code 1 if any connection has a problem.
""",
    "run": """Keep everything in step until told to end.

Starts the engine, the message inbox and the console in one process. End it with Ctrl-C or \
SIGTERM: what is being written is finished, the rest goes on at the next start.
""",
    "status": """Show what is in step, what is behind, and what waits for a person.

Reads the store only, no outside system is asked. Exit code 1 if a connection is in trouble or \
no PanStore is running, 2 if something waits for a person.
""",
    "plan": """Show what a module would write and why; write nothing.

Reads the present values of every linked article from the ERP, compares them with what the shop \
is known to hold, and prints the differences. With --store the plan is kept, to be approved and \
applied with `panstore plans`. For a module that takes orders forward it shows what is next for \
each of them. Exit code 0 if there is nothing to write, 2 if \
changes wait.
""",
    "undo": """Make a plan that takes back what a module wrote; write nothing yet.

For prices (S2) and products (S3), where nothing newer came; it says what cannot be taken back \
and why. Approve and apply it with `panstore plans`. Stock and orders are never taken back. Exit \
code 2: the plan waits for your word.
""",
    "drift": """Show where shop and ERP differ now, and who moved since the last write.

Reads both systems, in the lane of full runs; writes nothing. With --repair or --repair-all what \
differs is marked, and the running PanStore brings it in step through brakes as ever. Exit code 0 \
if nothing differs, 2 if something does.
""",
    "sync": """Look at everything once, beside the real-time work.

Asks for full runs; the running `panstore run` works them behind all changes that come in. \
Without a module, the catalogues are brought together again as well. With --restored, a shop that \
was restored from an older copy is begun with again. Exit code 2 if no PanStore is running to take \
them up.
""",
    "documents": """Write what the ERP has issued for a web order as PDF files.

Invoices, credit notes, and delivery notes of parcels that have left, with the ERP's own figures. \
The ERP is asked now; PanStore keeps none of them. A file of the same name is written over. Exit \
code 1 if one of them could not be made (the others are written), 64 if several orders are meant.
""",
    "demo": """Start the whole product with an ERP and a shop of its own.

Prints the addresses when everything is ready. End it with Ctrl-C or SIGTERM; a second start on \
the same directory takes seconds.
""",
}

GROUPS = {
    "orders": (
        "Web orders and what was done for them.",
        {
            "list": "List orders, the newest first.",
            "show": """Tell the story of one order.

What happened, where it stands, what it waits for, which rules hold, and what you can do. The \
store is read, no other system is asked. Names and addresses of buyers are not shown. Exit code \
64 if several orders are meant; they are listed.
""",
            "retry": """Look at an order again now.

The running PanStore takes it up at once: a parked one, one that was left alone, or one for which \
a rule was changed.
""",
        },
    ),
    "contracts": (
        "Buyers with an agreement, and what they pay.",
        {
            "list": """List which accounts of a shop buy for which party of the ERP.

Shop and ERP are asked for the names now; PanStore keeps ids only. Accounts and parties that are \
gone are marked. Exit code 1 if one of the two did not answer: names are missing then.
""",
            "propose": """Show accounts that could buy for a party of the ERP; link nothing.

Asks the shop for its accounts and the ERP for active parties with the same VAT id or e-mail \
address that have an agreement. A VAT id proves nothing: whoever registers types it. Exit code 2 \
if accounts are proposed.
""",
            "link": """Approve that an account of the shop buys for a party of the ERP.

From its next page on the account is shown the party's prices, and its orders are booked for the \
party. Several accounts may buy for one party. For an account that buys for another party already, \
name that one with --replace.
""",
            "unlink": """Take back that an account buys for a party.

It holds at once, and also while shop or ERP are down.
""",
            "quote": """Show what an account of the shop pays, and why.

As the shop would be told now: the ERP is asked for what is not known. Exit code 2 if an article \
is not for sale to this buyer, or if some of it is only what was last known.
""",
            "accept": """Book an order at the prices it charged, though others had been agreed.

For an order that is parked because of its prices. It holds for the lines the order has now; the \
running PanStore books it at once.
""",
        },
    ),
    "messages": (
        "What buyers are told by mail and SMS, and what became of it.",
        {
            "list": """List messages to buyers, the newest first.

Without who they go to. Exit code 2 if one was refused, did not arrive or is in doubt.
""",
            "show": "Show one message, and what can be done with it.",
            "resend": """Send a message once more.

It goes to the address that the shop has by now; the running PanStore sends it at once.
""",
            "skip": """Never send a message.

One that is out already cannot be called back.
""",
            "stop": """Send nothing to an address or number any more.

Only a digest of it is kept. What waits for it is not sent.
""",
            "allow": "Take an address or number off the stop list.",
            "bounced": """Say that a message came back.

For what the mail server tells later: its own refusals at sending are noticed by themselves. A \
provider's webhook can say it over the API.
""",
        },
    ),
    "parked": (
        "Records that wait for a person.",
        {
            "list": """List parked records, the newest first.

Exit code 2 if any waits.
""",
            "retry": """Work a parked record again.

The running PanStore takes it up at once. It is parked again if the cause is still there.
""",
            "skip": """Leave a parked record alone.

The goods of a skipped order stay promised as long as the shop holds them.
""",
        },
    ),
    "link": (
        "What two full catalogues have in common: proposed, edited, confirmed.",
        {
            "propose": """Propose which articles of the ERP and the shop are the same.

By code, EAN, codes written differently, and names; variants of one product stay together. The \
catalogues are those PanStore last read. Nothing is linked. `panstore link` alone does the \
same. Exit code 2 if pairs are proposed.
""",
            "apply": """Link the pairs of an edited file, or all from a confidence on.

All are looked at before the first is linked: an error changes nothing. It asks before it links; \
where nobody can be asked, exit code 2 without --yes.
""",
        },
    ),
    "links": (
        "Which article of the ERP is which of the shop.",
        {
            "list": """List links, or with --unlinked the articles that have none.

Read from the store: the catalogues as PanStore last read them.
""",
            "set": """Say that two articles are the same, and how their units go together.

Also changes the factor of a link that is there. An article has one link at most on either side. \
The running PanStore brings stock and prices in step at once, and goes on with orders that waited \
for it.
""",
            "remove": """Say that two articles are not the same.

The shop keeps what it offers now. The same codes do not link the two again.
""",
        },
    ),
    "products": (
        "Products kept in step both ways, and fields that both systems changed.",
        {
            "list": """List products, with --unlinked those that are in one system only.

Read from the store, no other system is asked.
""",
            "conflicts": """List fields that both systems changed, with both values.

Exit code 2 if one waits for your word.
""",
            "take": """Say whose value of a field counts.

The running PanStore writes it to the other system at once, if both values still stand; if one has \
changed since, it asks again.
""",
        },
    ),
    "rules": (
        "Conditions on orders that the settings name.",
        {
            "test": """Show which of the last orders each rule takes, and why not the others.

The store is read and no other system is asked: sales count as the ERP last showed them. \
Nothing is done for any order. Exit code 64 if --rule is no rule.
""",
        },
    ),
    "person": (
        "What is held about one person.",
        {
            "export": """Write all that is held about a person as one JSON document.

The person is an e-mail address or a telephone number. Orders that have it anywhere, messages, \
what was written down about them, and the stop list. What the shop and the ERP hold is not in it. \
Exit code 1 if nothing is held.
""",
            "erase": """Delete what is held about a person.

Orders stay without the buyer: goods, amounts and numbers are the company's books. Messages still \
to be sent are stopped. Nothing is deleted while an order is not finished, unless --also-open is \
given; such orders are left alone first. Erase the person in the shop and in the ERP as well. \
Exit code 1 if nothing is held or nothing was deleted, 2 without --yes: then it only says what \
it would delete.
""",
        },
    ),
    "sms": (
        "SMS to buyers on demand.",
        {
            "send": """Send a buyer an SMS about an order.

It goes to the number that the order has, if the buyer has agreed; the running PanStore sends it \
at once, in quiet hours after them. What a buyer was told before is sent only with --again.
""",
            "preview": """Show an SMS about an order without sending it.

With its letters, parts and price. Exit code 1 if it would not be sent.
""",
            "templates": "List the texts that buyers can be sent.",
        },
    ),
    "plans": (
        "Plans that are kept, approved in part and applied.",
        {
            "list": """List stored plans, the newest first.

Exit code 2 if one waits.
""",
            "show": """Show a stored plan with its lines.

Exit code 2 if it waits.
""",
            "approve": """Approve lines of a stored plan.

Nothing is written before it is applied.
""",
            "leave": """Leave lines of a stored plan out.

They may still be approved until the plan is applied.
""",
            "apply": """Write exactly what was approved of a plan.

Both systems are read anew; a line that has changed since is refused. Brakes hold as always. It \
may be repeated: nothing is written twice. Exit code 2 if lines were refused or wait, 1 if a \
system did not let us.
""",
            "close": "Close a plan: nothing of it is applied any more.",
        },
    ),
    "approvals": (
        "Mass changes that were braked.",
        {
            "list": """List mass changes that wait or were stopped.

Exit code 2 if one waits.
""",
            "approve": "Let a mass change through.",
            "stop": """Do not let a mass change through.

It may still be approved later.
""",
        },
    ),
}

MEANT = {"link": "propose"}
"""The part of a group that is meant where none is named."""
