"""Who may call, and how a refusal is told.

Every call checks that the user is in the group "PanStore" (or an administrator) and then works
without record rights: the group is the permission, as the calls do only what they are documented
to do.
"""

from functools import wraps

from trytond.exceptions import UserError
from trytond.model.exceptions import AccessError
from trytond.modules.panstore.retry import KeyTakenError
from trytond.pool import Pool
from trytond.transaction import Transaction


class GatewayError(UserError):
    """A refusal whose text begins with a stable code: `panstore.<code>: <what happened>`.

    Its description is the id of the record that stands in the way, where there is one.
    """

    def __init__(self, code, text, *, record=None):
        super().__init__(f"panstore.{code}: {text}", "" if record is None else str(record))


def for_panstore(func):
    """Decorate the function of a class method that PanStore calls.

    Sets the company of the user unless the context names one, skips warnings (there is nobody to
    confirm them) and gives every refusal of the ERP itself the code `panstore.refused`.
    """

    @wraps(func)
    def call(cls, *args, **kwargs):
        pool = Pool()
        User = pool.get("res.user")
        transaction = Transaction()
        if transaction.user and not User.is_administrator():
            group = pool.get("ir.model.data").get_id("panstore", "group_panstore")
            if group not in User.get_groups():
                raise GatewayError(
                    "not_allowed",
                    "this user is not in the group PanStore; an administrator "
                    "can add it under Administration, Users, Groups",
                )
        context = {"_check_access": False, "_skip_warnings": True}
        if not transaction.context.get("company"):
            company = User(transaction.user).company
            context["company"] = company.id if company else None
        with transaction.set_context(context):
            try:
                return func(cls, *args, **kwargs)
            except (GatewayError, KeyTakenError):
                raise
            except (UserError, AccessError) as error:
                raise GatewayError("refused", error.message) from error

    return call
