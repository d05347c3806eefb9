"""Refusals: what was not done, why, and what to do next. One table for every reader."""

from queue_service.i18n import N_
from queue_service.wording.words import DEFAULT_ZONE, Facts, Words, say

# code: (what happened, what to do next). What stands in %(…)s comes from the facts by `words.say`.
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
        N_("It may have been discarded. Please begin again."),
    ),
    "change_over": (
        N_("This change has already been made or discarded."),
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
    "not_published": (
        N_("Nothing is published for these days."),
        N_("Please choose days whose rota is published."),
    ),
    "staff_changed": (
        N_("Somebody has changed the list of staff since you looked."),
        N_("Nothing was imported. Please look at the new difference and confirm it."),
    ),
    "no_such_staff": (
        N_("Nobody of that name works here."),
        N_("Please choose somebody from the list."),
    ),
    "name_on_list": (
        N_("%(name)s is on the list already."),
        N_("Somebody else of the same name? Tick that below, and send it again."),
    ),
    "account_on_list": (
        N_("Somebody else on the list signs in with this account."),
        N_("An account is one person's. Please choose another, or none."),
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
    "not_ready": (
        N_("The service is not ready for a moment."),
        N_("Nothing was changed. Please try again in a few seconds."),
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
        N_("The user name and the password do not match."),
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
    if code == "slot_full" and given.get("left") == 0:
        title = N_("That time is fully booked.")
    left = given.get("left", 0 if code == "slot_full" else None)
    if code in ("slot_full", "hour_full") and left == 0:
        detail = N_("Please choose another time.")
    return say(language, title, detail, given, zone)
