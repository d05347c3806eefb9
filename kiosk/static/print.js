/* The slip on paper: the service prints it, so that a tablet needs no printer of its own. The screen shows the number
   all the while, and asks for a photo of it where nothing came out. */
window.slips = (function () {
  'use strict';

  const printer = document.body.dataset.printer;
  const TO_PRINT = ['enter', 'wait_outside', 'come_back'];

  // Answers the door's answer again as it goes on: its `print` is 'printing', 'printed' or 'failed'.
  function print(answer, post, freshId, repaint) {
    const visit = answer.visit;
    const wanted = visit && (visit.slip === 'pending' || visit.slip === 'unconfirmed' || answer.decision === 'come_back');
    if (!printer || !wanted || TO_PRINT.indexOf(answer.decision) < 0) { return; }
    const id = freshId();
    answer.print = 'printing';
    post('/visits/' + visit.visit_id + '/print', { id: id, json: { print_id: id, printer: printer } })
      .catch(function () { return { status: 503, json: {} }; })
      .then(function (told) {
        answer.print = told.status < 300 && told.json.printed ? 'printed' : 'failed';
        if (told.json.visit) { visit.slip = told.json.visit.slip; }
        repaint();
      });
  }

  return { print: print };
}());
