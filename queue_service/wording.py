"""Every refusal, decision and state in words: what happened, and what to do next.

SQL and the API speak in codes; what a person reads is said here and nowhere else, so that the
page, the kiosk, the helper and the API tell the same story.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from queue_service.i18n import (
    N_,
    say_date,
    say_minutes,
    say_moment,
    say_time,
    translator,
    whole_minute,
)

Facts = Mapping[str, Any]
DEFAULT_ZONE = "Asia/Ho_Chi_Minh"


class Words(NamedTuple):
    """One line that stands alone, and a sentence that says what to do."""

    title: str
    detail: str

    @property
    def text(self) -> str:
        return f"{self.title} {self.detail}".strip()


# code: (what happened, what to do next). What stands in %(…)s comes from the facts by _said.
REFUSALS: dict[str, tuple[str, str]] = {
    # Bookings
    "unknown_service": (
        N_("This office does not offer that service."),
        N_("Please choose from the list of services."),
    ),
    "not_a_slot": (
        N_("The office gives no appointments at that time."),
        N_("Please choose one of the times shown."),
    ),
    "in_the_past": (N_("That time has passed."), N_("Please choose a later time.")),
    "too_soon": (
        N_("It is too late to book that time."),
        N_("Please book at least %(lead)s ahead, or come and take a number at the door."),
    ),
    "too_far": (
        N_("That day cannot be booked yet."),
        N_("The last day that can be booked now is %(last_day)s."),
    ),
    "closed_day": (
        N_("The office is closed on that day: %(closure)s."),
        N_("Please choose another day."),
    ),
    "not_in_person": (
        N_("This service is not handled at the counter now."),
        N_("Please use the other ways shown with the service."),
    ),
    "party_too_large": (
        N_("That is too many people for one appointment."),
        N_("At most %(largest_party)s people may come together, you included."),
    ),
    "party_too_small": (
        N_("At least one person has to come."),
        N_("Please give how many people come, you included."),
    ),
    "slot_full": (
        N_("That time is no longer free for so many people."),
        N_("Places left: %(left)s. Please choose another time."),
    ),
    "too_many_bookings": (
        N_("This phone number already holds %(bookings_per_phone)s appointments here."),
        N_("Please cancel one you do not need, or give the phone number of the other person."),
    ),
    "one_by_text": (
        N_("This phone number already holds an appointment booked by text."),
        N_("To make another, cancel it first: text HUYHG and its code."),
    ),
    "not_open_yet": (
        N_("%(day)s is not open for this service yet."),
        N_("It opens today at a minute between %(opens_from)s and %(opens_to)s."),
    ),
    "identity_needed": (
        N_("Appointments for this service are for one named person."),
        N_("Please give the number of the citizen card or passport of the person who comes."),
    ),
    "identity_elsewhere": (
        N_("Appointments for this service are for one named person, by the citizen card."),
        N_("Please book on the website, or call %(phone)s."),
    ),
    "person_limit": (
        N_("This person already holds an appointment for this service."),
        N_("One person may hold %(per_person)s, over all offices. Please cancel it first."),
    ),
    "phone_needed": (
        N_("A phone number is needed here."),
        N_("Please give a number that can receive text messages."),
    ),
    "too_many_codes": (
        N_("No more codes can be sent to this phone number for now."),
        N_("Please try again in %(again)s, or call the office."),
    ),
    "not_held": (
        N_("This appointment no longer waits for a code: %(state)s."),
        N_("If its time has run out, please book again."),
    ),
    "not_proven": (
        N_("This appointment is not confirmed yet."),
        N_("Please enter the code that was sent to your phone first."),
    ),
    "no_offer": (
        N_("This earlier time is no longer kept for you."),
        N_("It went to the next person. What you have booked stays as it is."),
    ),
    "already_waiting": (
        N_("You are already on the waiting list for this."),
        N_("Please follow the link in the message, or open your ticket."),
    ),
    "too_many_waiting": (
        N_("This phone number is already on %(bookings_per_phone)s waiting lists here."),
        N_("Please leave one of them first."),
    ),
    "no_such_change": (
        N_("There is no such change."),
        N_("It may have been thrown away. Please begin again."),
    ),
    "change_over": (
        N_("This change is already made or thrown away."),
        N_("Nothing was changed now."),
    ),
    "of_authority": (
        N_("This change comes from the authority."),
        N_("It is made or given up there, for all its offices."),
    ),
    "no_such_authority": (
        N_("There is no such authority."),
        N_("Please check the address."),
    ),
    "bad_authority": (
        N_("That cannot be the address of an authority."),
        N_("Please use small letters, digits and dashes only."),
    ),
    "no_such_preset": (
        N_("There is no such preset."),
        N_("It may have been removed. Please choose another."),
    ),
    "no_such_directive": (
        N_("There is no such directive."),
        N_("Please begin again."),
    ),
    "no_offices": (N_("No office was chosen."), N_("Please choose at least one office.")),
    "cap_below_staff": (
        N_("A cap of %(maximum)s leaves nobody room beside the %(staff)s staff planned here."),
        N_("Please plan fewer staff at this office, or direct it a higher cap."),
    ),
    "rota_breaks": (
        N_("This rota breaks a rule of the office."),
        N_("Nothing was published. Please change the plan of the days that are named."),
    ),
    "no_such_staff": (
        N_("Nobody of that name works here."),
        N_("Please choose somebody from the list."),
    ),
    "no_such_group": (N_("There is no such group here."), N_("Please choose from the list.")),
    "no_such_shift": (N_("There is no such shift here."), N_("Please choose from the list.")),
    "no_shifts": (
        N_("This office has no shifts yet."),
        N_("Please say first from when to when people work, under the rules of the rota."),
    ),
    "bad_place": (
        N_("People are in the office, at home or off."),
        N_("Please choose one of them."),
    ),
    "bad_turns": (
        N_("Groups cannot take turns like that."),
        N_("Please choose no more groups at once than there are."),
    ),
    "bad_days": (
        N_("These days do not follow each other."),
        N_("The last day comes after the first, at most %(most)s days in all."),
    ),
    "day_over": (N_("That day is over."), N_("Please choose today or a day to come.")),
    "not_moved": (
        N_("There is nothing to answer any more."),
        N_("The time of this appointment has been changed again, or it is over."),
    ),
    "not_named": (
        N_("This ticket does not name a person."),
        N_("Please serve whoever brings it."),
    ),
    "too_many_requests": (
        N_("Too many requests from this place."),
        N_("Please wait %(again)s and try again; nothing was changed."),
    ),
    "id_reused": (
        N_("This form has already been used for another request."),
        N_("Nothing was changed. Please start again."),
    ),
    "busy": (
        N_("Very many people are booking right now."),
        N_("Your request was not lost: please try again in %(retry_after)s seconds."),
    ),
    # Visits
    "no_such_visit": (
        N_("There is no such booking."),
        N_("Please check the code or the link; the helper at the door can find it by name."),
    ),
    "no_such_number": (
        N_("There is no such number today."),
        N_("Please check the letter and the digits."),
    ),
    "not_booked": (
        N_("This appointment can no longer be changed: %(state)s."),
        N_("If you still need to come, please book again."),
    ),
    "not_over": (
        N_("This visit is not over yet: %(state)s."),
        N_("Please cancel the appointment first, or wait until the visit is over."),
    ),
    "not_inside": (
        N_("This visitor is not in the room: %(state)s."),
        N_("Please let them in at the door first."),
    ),
    "not_arrived": (
        N_("This visitor is not waiting at the door: %(state)s."),
        N_("Please look the visit up again."),
    ),
    "not_invited": (
        N_("The invitation to come in no longer holds: %(state)s."),
        N_("Please keep the ticket open: it says when there is room."),
    ),
    "not_called": (
        N_("This visitor has not been called: %(state)s."),
        N_("Please call the number first."),
    ),
    "needs_text_recall": (
        N_("%(number)s does not hear well: absent only three minutes after being called again."),
        N_("Please call again, which flashes on their phone, and look around the room for them."),
    ),
    "not_serving": (
        N_("This visitor is not being served: %(state)s."),
        N_("Please look at the counter page again."),
    ),
    "not_parked": (
        N_("This visitor is not set aside: %(state)s."),
        N_("Please look at the counter page again."),
    ),
    "wrong_state": (
        N_("That cannot be done now: %(state)s."),
        N_("Somebody may have been faster. Please look at the page again."),
    ),
    "no_slip": (
        N_("This visit has no number yet."),
        N_("Please take a number first."),
    ),
    "no_printer": (
        N_("This office has no printer."),
        N_("Please note the number, or take a photo of the code."),
    ),
    "no_such_printer": (
        N_("There is no such printer here."),
        N_("Please choose from the office file."),
    ),
    "printer_busy": (
        N_("The printer is printing another slip."),
        N_("Please try again in a moment."),
    ),
    "nothing_to_print": (
        N_("There is no number to print for this visit."),
        N_("Please take a number first."),
    ),
    "slips_enough": (
        N_("This number has been printed %(most)s times already."),
        N_("Please note the number, or take a photo of the code."),
    ),
    "no_such_call_back": (
        N_("There is no such call-back."),
        N_("Please look at the list again."),
    ),
    "call_back_over": (
        N_("Somebody else has already dealt with this call-back."),
        N_("Please look at the list again."),
    ),
    "bad_day": (
        N_("That day cannot be used."),
        N_("Please give a day from today on, at most a year ahead."),
    ),
    # Counters
    "counter_full": (
        N_("The counter is full: at most %(maximum)s people at once."),
        N_("Please finish with the visitor who is there first."),
    ),
    "hour_full": (
        N_("This hour's places are used up."),
        N_("The next visitor may be called at %(next_at)s."),
    ),
    "nobody_waiting": (
        N_("Nobody is waiting."),
        N_("The page shows the next visitor as they come."),
    ),
    "counter_closed": (
        N_("This counter is not open."),
        N_("Please open the counter first."),
    ),
    "counter_open": (N_("This counter is already open."), N_("Please look at the page again.")),
    "counter_taken": (
        N_("%(by)s has this counter since %(since)s."),
        N_("Nothing was done. To work here, please take the counter over."),
    ),
    "counter_elsewhere": (
        N_("You have this counter in another browser since %(since)s."),
        N_("Nothing was done. To work here, please go on here."),
    ),
    "other_counter": (
        N_("You have another counter: %(counter_name)s."),
        N_("A clerk has one counter. Please close that one first, or here with one press."),
    ),
    "counter_free": (
        N_("Nobody has this counter any more."),
        N_("Please look at the page again: it can be opened."),
    ),
    "still_serving": (
        N_("Somebody is still being served at this counter."),
        N_("Please finish, set aside or transfer the visitor first."),
    ),
    "wrong_queue": (
        N_("This counter does not serve that line."),
        N_("Please transfer the visitor or call at another counter."),
    ),
    "no_such_counter": (N_("There is no such counter here."), N_("Please choose from the list.")),
    "no_such_queue": (N_("There is no such line here."), N_("Please choose from the list.")),
    "no_such_area": (N_("There is no such room here."), N_("Please choose from the list.")),
    "no_such_screen": (
        N_("No screen of this name stands in the office's file."),
        N_("Please look at the address, or write the name under [board], screens."),
    ),
    "no_such_office": (
        N_("There is no office at this address."),
        N_("Please choose your office from the list."),
    ),
    # Where the floor is
    "floor_elsewhere": (
        N_("The office's own machine %(box)s looks after its door and counters."),
        N_("Please use the pages of that machine in the office. Last heard of it: %(heard_at)s."),
    ),
    "floor_taken": (
        N_("Another machine, %(box)s, looks after this office."),
        N_("If it is broken, a manager takes the floor back first. Last heard of: %(heard_at)s."),
    ),
    "floor_not_ready": (
        N_("The office's machine is still hearing today's appointments."),
        N_("Please try again in a few seconds."),
    ),
    "floor_stopped": (
        N_("This machine no longer looks after the office."),
        N_("Please use the pages of the central service, or ask whoever manages the office."),
    ),
    "floor_here": (
        N_("No machine at the office has the floor."),
        N_("The door and the counters are already looked after here."),
    ),
    "box_not_off": (
        N_("The machine at the office may still be running."),
        N_("Please see that it is switched off, and say so by the tick."),
    ),
    "floor_untold": (
        N_("Not everything the office's machine knows has been heard."),
        N_("Please let it tell the rest first."),
    ),
    "belongs_to_hub": (
        N_("Appointments and settings are not changed on the office's machine."),
        N_("Please use the pages of the central service."),
    ),
    "not_a_box": (
        N_("This database already serves offices of its own."),
        N_("Please give the office's machine a DATA_DIR of its own."),
    ),
    "recount_first": (
        N_("The room has not been counted since the office's machine was switched off."),
        N_("Please count everybody in the room first, staff included."),
    ),
    # The room
    "area_full": (
        N_("The room is full."),
        N_("Please wait outside; your place is kept."),
    ),
    "who_left": (
        N_("%(excess)s people counted as present are not in the room."),
        N_("Please mark who has left; nobody in line is taken out on their own."),
    ),
    "fewer_than_staff": (
        N_("Fewer people were counted than staff are planned now."),
        N_("Please count the staff in too: at least %(staff)s of them count as present."),
    ),
    "party_over_cap": (
        N_("The room never holds so many people at once."),
        N_("Please come in smaller groups, of at most %(largest)s people, or ask the staff."),
    ),
    "nobody_to_leave": (
        N_("Nobody else is counted as ready to leave."),
        N_("Please name the visitor who leaves, or count the room again."),
    ),
    "exits_not_counted": (
        N_("This office does not count people going out."),
        N_("Please name the visitor who leaves, or count the room again."),
    ),
    "nobody_here": (
        N_("Nobody is at this counter."),
        N_("Please call the next visitor first."),
    ),
    "bad_dossier": (
        N_("This is not a dossier code."),
        N_("A code has 3 to 40 letters and digits, with dots, dashes and strokes between them."),
    ),
    "not_at_counter": (
        N_("This visitor is not at a counter now."),
        N_("A dossier is noted while somebody is served, or just after the finish."),
    ),
    "dossiers_enough": (
        N_("Twenty dossiers are noted for this visitor already."),
        N_("Please finish, and note the others with the next number."),
    ),
    "cannot_undo": (
        N_("That can no longer be taken back."),
        N_("It was more than five minutes ago, or somebody has gone on from there."),
    ),
    "reason_missing": (N_("A reason is needed."), N_("Please write why, in a few words.")),
    "check_needed": (
        N_("The entry check comes first."),
        N_("Everybody who comes in passes it; please ask the helper at the door."),
    ),
    "not_passed": (
        N_("Please do not come in today, for the sake of everybody here."),
        N_(
            "Your matter is not lost: call the hotline, do it online, or choose another day. "
            "Nothing about you was written down."
        ),
    ),
    "one_number": (
        N_("This card or phone already holds a number today."),
        N_("Please wait for that number, or ask the helper at the door."),
    ),
    "person_needed": (
        N_("Here everybody takes one number for themselves."),
        N_("Please scan your citizen card or type your phone number; neither is kept."),
    ),
    "no_such_call": (
        N_("There is no such call for help."),
        N_("Somebody may have been faster. Please look at the page again."),
    ),
    "queue_closed": (
        N_("No more numbers can be served in this line today."),
        N_("Please book a time, or come on another day."),
    ),
    "day_full": (
        N_("Today is full."),
        N_("Please book a time on another day."),
    ),
    "bad_count": (
        N_("That cannot be the number of people."),
        N_("Please count again and give a whole number."),
    ),
    "bad_came_at": (
        N_("The time of coming may lie at most %(minutes)s minutes back."),
        N_("Please leave it out, or correct it."),
    ),
    "until_in_the_past": (
        N_("The end of the pause has passed."),
        N_("Please give a later time."),
    ),
    "unknown_word": (N_("That word is not known here."), N_("Please choose from the list.")),
    "unknown_place": (
        N_("A visitor waits for papers here or away, nowhere else."),
        N_("Please choose from the list."),
    ),
    "no_such_token": (N_("There is no such key."), N_("It may have been withdrawn already.")),
    "service_needed": (
        N_("The office has not heard of this booking yet."),
        N_(
            "Its line to the service is cut. Say what you came for and take a number: the booking "
            "is found when the line is back."
        ),
    ),
    "code_taken": (
        N_("Another device shows this very code."),
        N_("Please ask for another code."),
    ),
    "key_used": (
        N_("This device has been given its key already."),
        N_("Please begin again on the device."),
    ),
    "heard_now": (
        N_("This booking has just been heard of."),
        N_("Please type the code once more."),
    ),
    "closed": (
        N_("The office is closed now."),
        N_("Please come during opening hours."),
    ),
    "not_a_time": (N_("That is not a date and time."), N_("Please choose one of the times shown.")),
    "bad_request": (N_("The request could not be read."), N_("Please go back and try again.")),
    "too_many_services": (
        N_("That is too much for one visit."),
        N_("Please choose at most %(most)s services at once."),
    ),
    "slug_taken": (
        N_("Another office already has this address name."),
        N_("Please choose another slug in the office's file."),
    ),
    "letter_in_use": (
        N_("Numbers with this letter are already given out today."),
        N_("Please keep the letter, or import the file on another day."),
    ),
    "no_such_job": (N_("There is no such task."), N_("It may have been done already.")),
    # Forms
    "bad_form": (
        N_("Some fields are not right yet."),
        N_("Please correct the fields that are marked."),
    ),
    "form_too_old": (
        N_("This form was open for more than two hours."),
        N_("Nothing was booked. Please check the time and send it again."),
    ),
    "bad_name": (
        N_("A name has 1 to 100 letters and no control characters."),
        N_("Please write it as it stands on the citizen card."),
    ),
    "no_name": (N_("Enter the full name"), N_("Please write it as it stands on the citizen card.")),
    "bad_phone": (
        N_("This is not a phone number that can be reached."),
        N_("Please give ten digits, for example 0905 123 456."),
    ),
    "bad_proof": (N_("The code has 6 digits."), N_("Please enter it as it stands in the text.")),
    "bad_identity": (
        N_("Enter the 12 digits of the citizen card, or the number of the passport"),
        N_("It is the number of the person who comes; only a seal of it is kept."),
    ),
    "bad_token": (N_("This key does not open anything."), N_("Please check it and try again.")),
    "token_elsewhere": (
        N_("This key belongs to another device."),
        N_("The manager is told that it was tried here, and can let this device in by itself."),
    ),
    "no_such_code": (
        N_("No device shows this code now."),
        N_("A code is good for ten minutes. Please read it again from the device's own screen."),
    ),
    "code_of_box": (
        N_("This is the code of a box, the office's own machine."),
        N_("Please choose “box”. A box hears everything about the office's visitors."),
    ),
    "code_of_device": (
        N_("This is the code of a device, and not of a box."),
        N_("Please choose what the device works as."),
    ),
    "openid_failed": (
        N_("Signing in with the organisation's account did not work."),
        N_("Please begin again. If it goes on, tell whoever looks after this service."),
    ),
    "openid_denied": (
        N_("The organisation did not sign you in."),
        N_("Please begin again, or sign in with name and password."),
    ),
    "openid_unknown": (
        N_("Nobody here has this account of the organisation."),
        N_("Whoever manages the accounts can link it to yours."),
    ),
    "subject_taken": (
        N_("Another account is linked to it already."),
        N_("Whoever manages the accounts can say which."),
    ),
    "bad_code": (
        N_("This code does not fit."),
        N_("Each code opens once. Please wait for the next one of your app, and check its clock."),
    ),
    "factor_on": (N_("The second factor is on already."), N_("Please look at the page again.")),
    "factor_off": (N_("There is no second factor."), N_("Please look at the page again.")),
    "sign_in_again": (N_("That took too long."), N_("Please begin once more.")),
    "bad_sign_in": (
        N_("This name and this password do not belong together."),
        N_("Please check both. After a few tries one has to wait."),
    ),
    "bad_old_password": (N_("This is not your password until now."), N_("Please try again.")),
    "password_short": (N_("The password needs at least %(least)s characters."), ""),
    "password_long": (N_("The password may have at most %(limit)s characters."), ""),
    "password_poor": (
        N_("This password is among the first that a thief tries."),
        N_("Please choose another, such as several words in a row."),
    ),
    "password_differs": (N_("The two passwords are not the same."), ""),
    "no_such_link": (
        N_("This link does not work any more."),
        N_("It works once and for two days. Whoever manages your office gives you a new one."),
    ),
    "no_such_account": (N_("There is no such account."), ""),
    "login_taken": (
        N_("Somebody signs in with this name already."),
        N_("Please choose another one."),
    ),
    "bad_login": (
        N_("A name for signing in has small letters without marks, digits and . _ @ -"),
        N_("It begins with a letter or a digit and has at least two signs."),
    ),
    "last_admin": (
        N_("This is the last administrator."),
        N_("Somebody must be able to let others in: make another administrator first."),
    ),
    "not_a_person": (
        N_("This page is for people who sign in with a name."),
        N_("A device has no password."),
    ),
    # The way in
    "sign_in": (N_("This page is for staff."), N_("Please sign in first.")),
    "forbidden": (
        N_("This is not allowed with your sign-in."),
        N_("Please ask whoever manages the office."),
    ),
    "other_site": (
        N_("This request came from another website."),
        N_("Nothing was changed. Please open the page here and try again."),
    ),
    "not_signed": (
        N_("This message does not bear the carrier's signature."),
        N_("Please check PUBLIC_URL and the carrier's secret in the settings."),
    ),
    "signed_long_ago": (
        N_("This message was signed too long ago, or by a clock that is wrong."),
        N_("Please check the clocks of the gateway and of this service."),
    ),
    "signed_before": (
        N_("This message was delivered before."),
        N_("To deliver it again, sign it anew."),
    ),
    "no_such_message": (
        N_("There is no such message."),
        N_("Please check the message's number."),
    ),
    "no_such_text": (
        N_("There is no such message in the inbox."),
        N_("Please open the inbox anew."),
    ),
    "answered_already": (
        N_("This message has been answered already."),
        N_("Please open the inbox anew."),
    ),
    "no_words": (
        N_("Please write an answer first."),
        N_("Where none is needed, choose “Done”."),
    ),
    "words_too_long": (
        N_("This answer is longer than two texts."),
        N_("Please make it shorter, or send it in two."),
    ),
    "not_dead": (
        N_("This message does not wait to be tried again."),
        N_("Please open the list anew."),
    ),
    "not_mine": (
        N_("Somebody else does this already."),
        N_("Nothing has to be done."),
    ),
    "no_such_page": (
        N_("There is no page at this address."),
        N_("Please check the address, or start from the first page."),
    ),
    "not_allowed": (N_("This page cannot be used that way."), N_("Please go back and try again.")),
    "body_too_large": (N_("That was too much text."), N_("Please shorten it and try again.")),
    "unsupported_media_type": (
        N_("The request has a form that is not understood."),
        N_("Please send it as this page describes."),
    ),
    "too_many_tries": (
        N_("Too many tries from this place."),
        N_("Please wait a while, or ask the helper at the door."),
    ),
    "too_many_pictures": (
        N_("Too many pictures at once."),
        N_("Please hold the code still; the camera goes on by itself."),
    ),
    "not_a_picture": (
        N_("This picture cannot be read."),
        N_("Please take it again, or type the code."),
    ),
    "too_many_streams": (
        N_("Too many screens are open from this place."),
        N_("Please close one and try again."),
    ),
    "unavailable": (
        N_("The service cannot be reached for a moment."),
        N_("Nothing was lost. This page tries again by itself."),
    ),
    "error": (
        N_("Something went wrong on our side."),
        N_("Nothing was changed. Please try again, or ask the helper at the door."),
    ),
}

UNKNOWN = (
    N_("That is not possible right now."),
    N_("Nothing was changed. Please try again, or ask the helper at the door."),
)

DECISIONS: dict[str, tuple[str, str]] = {
    "enter": (N_("Please come in."), N_("Take a seat; your number will be called.")),
    "wait_outside": (
        N_("Please wait outside for a moment."),
        N_("The room is full. Your place is kept, and you will be invited in."),
    ),
    "come_back": (
        N_("Please come back between %(starts_at)s and %(ends_at)s."),
        N_("This time is kept for you: nobody needs to wait until then."),
    ),
    "too_early": (
        N_("You are early: your appointment is at %(starts_at)s."),
        N_("Please come back from %(from)s; your place is kept."),
    ),
    "too_late": (
        N_("The time of this appointment is over."),
        N_("Please take a number as a visitor without an appointment."),
    ),
    "wrong_day": (
        N_("This appointment is for another day: %(day)s."),
        N_("Please come on that day, or change the time on your ticket."),
    ),
    "wrong_office": (
        N_("This appointment is at another office."),
        N_("Please go there, or book here: %(office)s."),
    ),
    "already_in": (N_("You have already been let in."), N_("Please wait for your number.")),
    "cancelled": (
        N_("This appointment was cancelled."),
        N_("You can take a number as a visitor without an appointment."),
    ),
    "invalid": (
        N_("This ticket cannot be read."),
        N_("Please type the code, or ask the helper at the door."),
    ),
    "refuse": (N_("You cannot be let in now."), N_("Please ask the helper at the door.")),
}

LATE = (
    N_("You are late, so your appointment became a number."),
    N_("Your number is %(number)s."),
)
MOVED = N_("The appointment was moved; this is how it stands now.")
COME_BACK = {
    "hour_full": N_("This hour's places are used up."),
    "after_break": N_("It cannot be done before the break."),
    "booked_at_hub": N_("No walk-in number is left for now."),
}
INVALID = {
    "altered": (
        N_("This ticket has been altered and is not valid."),
        N_("Please type the code, or ask the helper at the door."),
    ),
    "done": (
        N_("This visit is finished."),
        N_("Please take a new number if you need something else."),
    ),
    "not_confirmed": (
        N_("This appointment was never confirmed."),
        N_("Please take a number as a visitor without an appointment."),
    ),
    "wrong_person": (
        N_("This ticket was used by a person it does not name."),
        N_("Please ask the helper at the door."),
    ),
    "unknown": (
        N_("This code is not known here."),
        N_("Please check the digits, or ask the helper at the door."),
    ),
    "part": (
        N_("This is only a part of a code: a code has ten digits."),
        N_("Please scan it again, or type all ten digits."),
    ),
    "two": (
        N_("These are two codes at once."),
        N_("Please scan one after the other."),
    ),
    "last_digits": (
        N_("The last four digits of the code are needed."),
        N_("They stand at the end of the code, in the text message or on the ticket."),
    ),
    "citizen_card": (
        N_("This is a citizen card, not a ticket."),
        N_("Please scan the QR code of your ticket, or type the code."),
    ),
    "keyboard": (
        N_("The scanner's text was changed by the keyboard's Vietnamese typing."),
        N_("Please type the code; staff should switch the keyboard to English."),
    ),
}

# What a visit is doing, in the words of its holder.
STATES = {
    "held": N_("being booked"),
    "booked": N_("booked"),
    "arrived": N_("waiting outside"),
    "invited": N_("invited in"),
    "inside": N_("waiting inside"),
    "called": N_("called to the counter"),
    "serving": N_("being served"),
    "parked": N_("set aside until papers are there"),
    "absent": N_("called, but did not come"),
    "done": N_("finished"),
    "left": N_("left"),
    "cancelled": N_("cancelled"),
    "missed": N_("did not come"),
    "void": N_("number not taken"),
}

CHANNELS = {
    "in_person": N_("at the counter"),
    "online": N_("online"),
    "post": N_("by public post"),
    "home": N_("at home"),
    "later": N_("later, when the measure is over"),
}

ROLES = {
    "kiosk": N_("kiosk"),
    "board": N_("screen"),
    "helper": N_("helper at the door"),
    "clerk": N_("clerk"),
    "operator": N_("hotline operator"),
    "manager": N_("manager"),
    "authority": N_("authority"),
    "auditor": N_("auditor"),
    "admin": N_("administrator"),
    "box": N_("box"),
    "command line": N_("command line"),
}
# What the audit view calls a change.
CHANGES = {
    "add_account": N_("account made"),
    "set_account": N_("account changed"),
    "link_account": N_("link to choose a password given"),
    "set_password": N_("password chosen"),
    "set_factor": N_("second factor turned on"),
    "drop_factor": N_("second factor turned off"),
    "reset_factor": N_("second factor forgotten for who lost it"),
    "sign_in": N_("signed in"),
    "pair_device": N_("device let in by its code"),
    "claim_token": N_("key taken into use by a device"),
    "token_elsewhere": N_("key tried on another device, refused"),
    "add_token": N_("key given to a device"),
    "revoke_token": N_("key of a device withdrawn"),
    "import_office": N_("office settings changed"),
    "keep_staff": N_("member of staff changed"),
    "take_leave": N_("leave entered"),
    "drop_leave": N_("leave taken back"),
    "plan_rota": N_("rota planned"),
    "plan_day": N_("rota of a day changed"),
    "publish_rota": N_("rota published"),
    "keep_authority": N_("authority registered"),
    "place_office": N_("office put under an authority"),
    "keep_procedures": N_("catalogue taken in"),
    "keep_shared": N_("shared calendar and texts changed"),
    "keep_preset": N_("preset kept"),
    "direct": N_("directive worked out"),
    "confirm_directive": N_("directive confirmed"),
    "retry_directive": N_("directive tried again"),
    "drop_directive": N_("directive given up"),
    "excess": N_("let in over the cap"),
    "admitted": N_("let in by a manager"),
    "recount": N_("room counted again"),
    "staff": N_("number of staff in the room said"),
    "counted_in": N_("counted in by hand"),
    "undone": N_("last step taken back"),
    "came_at": N_("came earlier than scanned"),
    "taken_over": N_("counter taken over"),
    "floor taken back": N_("floor taken back from the box"),
}

PRIORITIES = {
    "elderly": N_("elderly person"),
    "disabled": N_("person with a disability"),
    "pregnant": N_("pregnant, or with a small child"),
    "merit": N_("person with merit to the nation"),
}
NEEDS = {
    "text": N_("show me things in writing (I do not hear well)"),
    "time": N_("give me more time"),
    "guide": N_("guide me (I do not see well)"),
    "wheelchair": N_("room for a wheelchair"),
}
# Why somebody stands before somebody else.
REASONS = {
    "waited_long": N_("has been waiting very long"),
    "priority": N_("has priority"),
    "booked_time": N_("has an appointment for now"),
    "earlier_time": N_("has an earlier appointment"),
    "came_earlier": N_("came earlier"),
    "invitation_lapsed": N_("goes first, because an invitation was not used"),
}

# Why staff have to decide about a visit.
ATTENTIONS = {
    "cannot_be_served_today": N_("cannot be served today: please offer another time"),
    "wrong_person": N_("not the person the ticket names: void"),
    "unheard": N_("may have come while the office's machine was not heard: ask, scan the ticket"),
    "no_new_time": N_("the rules have changed and no other time was free: please offer one"),
}

# What a clerk did last, by its command.
STEPS = {
    "call_next": N_("call of %(number)s"),
    "call_number": N_("call of %(number)s"),
    "absent": N_("%(number)s did not come"),
    "park": N_("%(number)s set aside"),
    "finish": N_("finish of %(number)s"),
    "note_dossier": N_("dossier %(dossier)s"),
    "quick_question": N_("quick question"),
}
# Why a booking no longer fits after a change of the office's rules.
MISFITS = {
    "present": N_("more people than may be present"),
    "queue": N_("fewer counters"),
    "pool": N_("fewer counters"),
    "hour": N_("more than may be served in an hour"),
    "closed_day": N_("closed on that day"),
    "closed_hours": N_("closed at that time"),
    "not_in_person": N_("not in person on that day"),
    "no_service": N_("the service is no longer offered"),
}
# What became of somebody who was given another time.
ANSWERS = {
    "": N_("no answer yet"),
    "accepted": N_("agreed"),
    "moved": N_("chose another time"),
    "again": N_("was given another time again, by a later change"),
    "cancelled": N_("has cancelled"),
    "missed": N_("did not come"),
    "over": N_("has come"),
}

# Messages that go out, by their kind.
MESSAGES = {
    "confirmation": N_("Confirmation of a booking"),
    "day_before": N_("Reminder the day before"),
    "hour_before": N_("Reminder an hour before"),
    "invited": N_("You may come in now"),
    "near": N_("A few before you"),
    "called": N_("Called to a counter"),
    "moved": N_("Appointment changed"),
    "cancelled": N_("Appointment cancelled"),
    "cancelled_by_office": N_("Cancelled by the office"),
    "missed": N_("Appointment missed"),
    "cannot_be_served": N_("No turn before closing"),
    "queue_unattended": N_("No counter for this line"),
    "code": N_("Code to prove a phone"),
    "offer": N_("Offer of a free place"),
    "moved_by_office": N_("Another time given by the office"),
    "no_new_time": N_("The office found no other time"),
    "answer": N_("Answer to a text"),
}
# Why a carrier did not take a message or could not deliver it; Twilio's numbers among them.
CARRIER_ERRORS = {
    "no_carrier": N_("no carrier reaches this phone"),
    "ConnectError": N_("the carrier cannot be reached"),
    "ConnectTimeout": N_("the carrier cannot be reached"),
    "ReadTimeout": N_("the carrier did not answer"),
    "429": N_("the carrier had too much to do"),
    "20003": N_("the carrier does not know our account"),
    "21211": N_("this is no phone number"),
    "21408": N_("the carrier may not send to this country"),
    "21606": N_("our number cannot send texts"),
    "21610": N_("this person has asked for no more texts"),
    "21612": N_("the carrier does not reach this phone"),
    "21614": N_("this phone takes no texts"),
    "30003": N_("the phone was off or out of reach"),
    "30005": N_("this number is not in use"),
    "30006": N_("this phone takes no texts"),
    "30007": N_("the network held the text for spam"),
    "busy": N_("the line was busy"),
    "no-answer": N_("nobody answered the call"),
}

# What stands at the office and may fall silent, by the page it shows.
DEVICES = {
    "kiosk": N_("Kiosk"),
    "lobby": N_("Lobby screen"),
    "door": N_("Door screen"),
    "desk": N_("Desk screen"),
    "counter": N_("Counter page"),
    "screen": N_("Screen"),
}
# What is wrong with it, and what staff can do.
TROUBLES = {
    "silent": N_("not heard of since %(last_at)s. Is it switched on and connected?"),
    "missing": N_("not heard of today. Is it switched on and connected?"),
    "not_live": N_("what it shows is not live. Please look at it and at the network."),
    "scanner": N_(
        "its scanner sends what cannot be read. Does somebody need help? Else see to its cable."
    ),
    "paper_out": N_("there is no paper. Please put in a new roll."),
    "paper_low": N_("the paper is running out. Please have a new roll at hand."),
    "cover_open": N_("its cover is open. Please close it."),
    "not_ready": N_("it reports a fault. Please switch it off and on again."),
    "unreachable": N_("it cannot be reached. Is it switched on and connected?"),
    "stuck": N_("it takes nothing more. Please switch it off and on again."),
    "no_word": N_("it did not say whether the last slip came out. Please look at it."),
    "disk_full": N_("the slip could not be kept: the disk is full."),
    "error": N_("the last slip could not be made. Please tell whoever runs the service."),
    "clock_off": N_("its clock is wrong by %(off)s. Please set it."),
}

# Why a phone number is not one, by the reason phones.py gives.
PHONES = {
    "empty": N_("Enter a phone number"),
    "not_digits": N_("A phone number has digits only, for example 0905 123 456"),
    "too_short": N_("This phone number is too short; it has ten digits, for example 0905 123 456"),
    "too_long": N_("This phone number is too long; it has ten digits, for example 0905 123 456"),
    "not_in_use": N_("No such phone number is in use; please check the first digits"),
    "service_line": N_("This is a service line; please give a number that reaches you"),
}

# What became of a code that was typed, or of an offer that was answered.
PROOFS: dict[str, tuple[str, str]] = {
    "proven": (N_("Your phone number is confirmed."), N_("The appointment is booked.")),
    "wrong_code": (
        N_("This is not the code that was sent."),
        N_("Tries left: %(tries_left)s."),
    ),
    "too_many_tries": (
        N_("Too many wrong codes."),
        N_("The time was given back. Please book again."),
    ),
    "too_many_bookings": REFUSALS["too_many_bookings"],
}
WISH_PROOFS: dict[str, tuple[str, str]] = {
    "proven": (PROOFS["proven"][0], N_("You are on the waiting list.")),
    "wrong_code": PROOFS["wrong_code"],
    "too_many_tries": (PROOFS["too_many_tries"][0], N_("Please join the waiting list again.")),
    "already_waiting": REFUSALS["already_waiting"],
    "too_many_waiting": REFUSALS["too_many_waiting"],
}
OFFERS: dict[str, tuple[str, str]] = {
    "accepted": (N_("The earlier time is yours."), ""),
    "declined": (
        N_("You did not take that time."),
        N_("It went to the next person; you stay on the waiting list."),
    ),
    "not_booked": (N_("The appointment that was to be moved is over: %(state)s."), ""),
    "too_many_bookings": REFUSALS["too_many_bookings"],
    "person_limit": REFUSALS["person_limit"],
}


URGENT_ONLY = (
    N_("Only urgent matters are handled at the counter now."),
    N_(
        "Please use another way if the service has one. "
        "Else ask the office to call you back when the measure is over."
    ),
)


def say_refusal(
    language: str, code: str, facts: Facts | None = None, zone: str = DEFAULT_ZONE
) -> Words:
    """Why a request was refused; a code nobody has found words for gets an honest general one."""
    given = dict(facts or {})
    title, detail = REFUSALS.get(code, UNKNOWN)
    if code == "not_in_person" and any(w["channel"] == "later" for w in given.get("channels", ())):
        title, detail = URGENT_ONLY
    if code == "not_a_slot" and given.get("closed"):
        title = N_("The office is closed at that time.")
    if code == "closed_day" and not given.get(f"name_{language}"):
        title = N_("The office is closed on that day.")
    left = given.get("left", 0 if code == "slot_full" else None)
    if code in ("slot_full", "hour_full") and left == 0:
        detail = N_("Please choose another time.")
    return _say(language, title, detail, given, zone)


def say_decision(language: str, decision: Facts, zone: str = DEFAULT_ZONE) -> Words:
    """What the door decided, as the visitor is told it."""
    given: dict[str, Any] = {**_facts_of_visit(decision.get("visit")), **decision}
    given |= decision.get("come_back") or {}
    name, reason = str(decision.get("decision", "")), str(decision.get("reason") or "")
    if name == "refuse" and reason in REFUSALS:
        return say_refusal(language, reason, given, zone)
    title, detail = DECISIONS.get(name, UNKNOWN)
    if name == "invalid" and reason in INVALID:
        title, detail = INVALID[reason]
    words = _say(language, title, detail, given, zone)
    if name == "wrong_office" and not given.get("office"):
        words = Words(words.title, _say(language, DECISIONS["invalid"][1], "", {}, zone).title)
    if name == "come_back" and reason in COME_BACK:
        why = _say(language, COME_BACK[reason], "", {}, zone).title
        words = Words(words.title, f"{why} {words.detail}")
    if decision.get("moved"):
        words = Words(words.title, f"{_say(language, MOVED, '', {}, zone).title} {words.detail}")
    if decision.get("late") and given.get("number"):
        late = _say(language, *LATE, given, zone)
        words = Words(words.title, f"{late.text} {words.detail}")
    return words


def say_printed(language: str, printed: bool) -> str:
    """What the visitor is told after the printer was asked."""
    said = (
        N_("Please take your slip."),
        N_("No slip came out. Please note the number, or take a photo of the code."),
    )
    return translator(language).gettext(said[0] if printed else said[1])


def say_proof(language: str, answer: Facts) -> Words:
    """What became of a code that was typed."""
    return _say(language, *PROOFS.get(str(answer["decision"]), UNKNOWN), answer, DEFAULT_ZONE)


def say_wish_proof(language: str, answer: Facts) -> Words:
    """What became of the code of somebody who wants to wait."""
    return _say(language, *WISH_PROOFS.get(str(answer["decision"]), UNKNOWN), answer, DEFAULT_ZONE)


def say_offer(language: str, answer: Facts) -> Words:
    """What became of an earlier time that was offered."""
    return _say(language, *OFFERS.get(str(answer["decision"]), UNKNOWN), answer, DEFAULT_ZONE)


def say_state(language: str, state: str) -> str:
    return translator(language).gettext(STATES.get(state, state))


def say_role(language: str, role: str) -> str:
    return translator(language).gettext(ROLES.get(role, role))


def say_change(language: str, act: str) -> str:
    return translator(language).gettext(CHANGES.get(act, act))


def say_channel(language: str, channel: str) -> str:
    return translator(language).gettext(CHANNELS.get(channel, channel))


def say_reason(language: str, reason: str) -> str:
    return translator(language).gettext(REASONS.get(reason, reason))


def say_attention(language: str, attention: str) -> str:
    return translator(language).gettext(ATTENTIONS.get(attention, attention))


def say_step(language: str, step: Facts) -> str:
    """What a clerk did last, as the button says that takes it back."""
    said = STEPS.get(str(step["command"]), N_("the last step"))
    return translator(language).gettext(said) % step


def say_misfit(language: str, reason: str) -> str:
    return translator(language).gettext(MISFITS.get(reason, reason))


def say_answer(language: str, answer: str) -> str:
    return translator(language).gettext(ANSWERS.get(answer, answer))


def say_message(language: str, kind: str) -> str:
    return translator(language).gettext(MESSAGES.get(kind, kind))


def say_carrier_error(language: str, error: str) -> str:
    """What a carrier said in words, with its own number where no words are known."""
    _ = translator(language).gettext
    known = CARRIER_ERRORS.get(error)
    return _(known) if known else _("error %(error)s") % {"error": error}


def options(language: str, words: Mapping[str, str]) -> list[tuple[str, str]]:
    """What somebody may choose from: code and words."""
    _ = translator(language).gettext
    return [(code, _(text)) for code, text in words.items()]


def say_device(language: str, device: Facts, zone: str = DEFAULT_ZONE) -> Words:
    """A device in trouble: which one, and what is wrong with it."""
    _ = translator(language).gettext
    facts: Facts = device["facts"]
    kind = "printer" if device["role"] == "printer" else str(facts.get("page") or device["role"])
    own = device.get(f"name_{language}") or str(device["device"]).partition(":")[2]
    last_at = device["last_at"]
    said = {
        "last_at": say_time(datetime.fromisoformat(last_at), ZoneInfo(zone)) if last_at else "",
        "off": say_minutes(abs(int(facts.get("clock_off") or 0)) // 60, language),
    }
    name = f"{_(DEVICES.get(kind, kind))} “{own or device['device']}”"
    # The office file calls its printers by what they are.
    return Words(
        own if kind == "printer" else name,
        _(TROUBLES.get(device["trouble"], TROUBLES["error"])) % said,
    )


def say_troubles(language: str, devices: Sequence[Facts], zone: str = DEFAULT_ZONE) -> list[Words]:
    return [say_device(language, one, zone) for one in devices if one["trouble"]]


# What is wrong with the office's machine or its line, for its staff: at the box, and at the hub.
FLOOR = {
    "lost": (
        N_("This machine no longer looks after the office."),
        N_("The floor was taken back. Please use the pages of the central service."),
    ),
    "unauthorized": (
        N_("The central service does not accept this machine's key any more."),
        N_(
            "The office goes on. Whoever looks after the machine gets it a new key: "
            "install-box --pair."
        ),
    ),
    "refused": (
        N_("The central service refuses what this machine tells it."),
        N_("The office goes on. Please tell whoever looks after it."),
    ),
    "away": (
        N_("The line to the central service is cut."),
        N_(
            "The office goes on; last heard of at %(heard_at)s. Everything is told when it is back."
        ),
    ),
    "clock": (
        N_("The clock of this machine is %(seconds)s seconds off."),
        N_("Please have it set: times on slips and boards are wrong by as much."),
    ),
    "disk": (
        N_("The disk of this machine is full."),
        N_("Nothing new can be kept. Please tell whoever looks after it; nothing is lost."),
    ),
    "elsewhere": (
        N_("The office's own machine %(box)s looks after its door and counters."),
        N_("Please use the pages of that machine in the office. Last heard of it: %(heard_at)s."),
    ),
}
CLOCK_OFF = 5  # seconds that a box may differ from its hub before its staff are told


def say_floor(language: str, floor: Facts | None, zone: str = DEFAULT_ZONE) -> list[Words]:
    found: list[str] = []
    if floor and floor["side"] == "box":
        if floor["stopped"]:
            found = ["lost"]
        elif floor["trouble"] in ("unauthorized", "refused"):
            found = [floor["trouble"]]
        elif floor["silent"]:
            found = ["away"]
        if abs(floor["clock_off"]) > CLOCK_OFF:
            found.append("clock")
    elif floor and floor["at_box"]:
        found = ["elsewhere"]
    facts = {**(floor or {}), "seconds": f"{(floor or {}).get('clock_off', 0):+.0f}"}
    return [_say(language, *FLOOR[one], facts, zone) for one in found]


def say_disk_full(language: str) -> Words:
    return _say(language, *FLOOR["disk"], {}, DEFAULT_ZONE)


def say_phone(language: str, reason: str) -> str:
    return translator(language).gettext(PHONES.get(reason, PHONES["not_in_use"]))


def _say(language: str, title: str, detail: str, facts: Facts, zone: str) -> Words:
    _ = translator(language).gettext
    said = _Said(language, facts, ZoneInfo(zone))
    return Words(*(_(text) % said if text else "" for text in (title, detail)))


class _Said(dict[str, str]):
    """Facts as words: times of the office's own day, names in the reader's language."""

    def __init__(self, language: str, facts: Facts, zone: ZoneInfo) -> None:
        super().__init__()
        self.language, self.facts, self.zone = language, facts, zone

    def __missing__(self, name: str) -> str:
        value = self.facts.get(name)
        if name == "state":
            return say_state(self.language, str(value or ""))
        if name in ("closure", "counter_name"):
            return str(self.facts.get(f"name_{self.language}") or "")
        if name == "lead":
            return say_minutes(int(self.facts.get("lead_minutes") or 0), self.language)
        if name == "again":
            seconds = int(self.facts.get("retry_after") or 60)
            return say_minutes(-(-seconds // 60), self.language)
        if name in ("last_day", "day"):
            return self._day(value or self.facts.get("starts_at"))
        if name in ("starts_at", "ends_at", "from", "next_at", "until", "heard_at", "since"):
            return self._time(name, value)
        if name == "office" and isinstance(value, Mapping):
            return str(value.get(f"name_{self.language}") or "")  # pyright: ignore
        return "…" if value is None else str(value)

    def _day(self, value: object) -> str:
        if isinstance(value, str):
            value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
        return say_date(value, self.language, self.zone) if isinstance(value, date) else "…"

    def _time(self, name: str, value: object) -> str:
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        if not isinstance(value, datetime):
            return "…"
        if name == "next_at":
            value = whole_minute(value)
        today = self.facts.get("today")
        if today is not None and str(value.astimezone(self.zone).date()) != str(today):
            return say_moment(value, self.language, self.zone)
        return say_time(value, self.zone)


def _facts_of_visit(visit: Facts | None) -> dict[str, Any]:
    wanted = ("number", "starts_at", "ends_at", "state", "day")
    return {name: visit[name] for name in wanted if visit.get(name)} if visit else {}
