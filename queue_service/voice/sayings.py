"""What the voice says."""

from queue_service.i18n import N_

MAIN = N_(
    "Appointments at public offices. To book, press 1. To cancel, press 2. To hear where your "
    "appointment stands, press 3. For an operator, press 0."
)
LANGUAGE = N_("For English, press 8.")  # said in that language
OFFICES = N_("Please choose the office.")
SERVICES = N_("Please choose what you come for.")
TIMES = N_("The next free times are:")
OPTION = N_("%(name)s: press %(key)s.")
MORE = N_("For more, press 9.")
DAY = N_("For another day, press 8.")
BACK = N_("To go back, press the star key. For an operator, press 0.")
CONFIRM = N_("%(service)s, %(when)s. To book it, press 1. For another time, press 2.")
BOOKED = N_("Your appointment is booked: %(when)s. Your code is: %(code)s.")
BY_TEXT = N_("The code also comes to this phone by text.")
AGAIN = N_("Once more, your code: %(code)s. Goodbye.")
CODE = N_("Please enter the ten digits of your code. For an operator, press 0 and the hash key.")
NO_SUCH_CODE = N_("There is no appointment with that code for this phone number.")
CANCELLED = N_("Your appointment is cancelled. Goodbye.")
STANDS = N_("Your appointment: %(when)s. It is now: %(state)s.")
NUMBER = N_("Your number is %(number)s.")
AHEAD = N_("Ahead of you: %(ahead)s.")
NONE_FREE = N_("No time is free in the next days. Please call again later.")
OPERATOR = N_("We are connecting you with an operator.")
NO_OPERATOR = N_("No operator can be reached by this line now. Please call again. Goodbye.")
